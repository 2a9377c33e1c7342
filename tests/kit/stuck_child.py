"""In the place of the PDF's reader: one that never ends, or never ends to talk."""

import sys
import time

if __name__ == "__main__":
    told = sys.stdin.buffer.read()
    while b"talk" in told:
        sys.stdout.write("x" * 65_536)
    time.sleep(3_600)
