"""`sayso doctor`: does the language model of the settings work?"""

import asyncio
from collections.abc import Callable

from sayso.settings import Settings


def doctor(settings: Settings, say: Callable[[str], None]) -> bool:
    """Call each model of the settings once and say what is wrong in plain words; whether all is well."""
    from sayso.agent.check import Words, check
    from sayso.agent.models import operators_key

    models = [("SAYSO_MODEL", settings.model, settings.model_base_url)]
    if settings.model_fallback:
        models.append(("SAYSO_MODEL_FALLBACK", settings.model_fallback, None))
    words = Words("SAYSO_MODEL_BASE_URL", " Look at the vendor's key variable, such as OPENAI_API_KEY.")
    well = True
    for setting, name, base_url in models:
        problem = asyncio.run(check(name, base_url, operators_key(base_url), words)).problem
        well = well and problem is None
        where = f" at {base_url}" if base_url else ""
        say(f"{setting}={name}{where}: {'works' if problem is None else problem}")
    return well
