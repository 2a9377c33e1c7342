"""In the place of the PDF's reader: it tells what it is given and how it is bound."""

import json
import os
import resource
import sys

from sayso.workspace.formats import pdf_child

if __name__ == "__main__":
    pdf_child.bound()
    limits = f"memory {resource.getrlimit(resource.RLIMIT_AS)[0]} files {resource.getrlimit(resource.RLIMIT_FSIZE)[0]}"
    json.dump({"pages": 1, "read": 1, "text": f"{limits} {sorted(os.environ)}"}, sys.stdout)
