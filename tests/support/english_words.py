"""Words that no Spanish sentence has."""

import re

ENGLISH = re.compile(
    r"\b(the|of|is|are|it|and|with|without|where|which|that|each|alone|images?|texts?|rows?|columns?|mean|share|by|"
    r"places?|queries|query|relevant|items?|batch(es)?|scores?|pairs?|known|number|found|first|both|all|others?)\b"
)
