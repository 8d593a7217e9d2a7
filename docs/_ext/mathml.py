"""Formulas as MathML, made when the site is built: browsers set it themselves, without scripts, fonts or a network."""

import re

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.util import logging

log = logging.getLogger(__name__)

#: A bar over a letter, which as an accent strikes it through in some browsers.
BAR = re.compile(r'<mover accent="true">(\s*<mi>[^<]*</mi>\s*)<mo stretchy="false">ˉ</mo>')

#: A letter with a bar and an index, which docutils sets below the letter.
INDEXED_BAR = re.compile(
    r'<munderover[^>]*>\s*(<mi>[^<]*</mi>)((?:(?!munderover).)*?)<mo stretchy="false">ˉ</mo>\s*</munderover>', re.DOTALL
)


def _mathml(node: nodes.Element, block: bool) -> str:
    """Return a formula's markup; one that cannot be read is a warning, which fails the build."""
    try:
        markup = str(latex2mathml.tex2mathml(node.astext(), as_block=block))
    except MathError as error:
        log.warning("formula %r: %s", node.astext(), error, location=node)
        return ""
    for sign in "‖|⟨⟩":  # which browsers stretch to the height of their row; \\left and \\right say so themselves
        markup = re.sub(
            rf"<mo( class=\"math\w+\")?>{re.escape(sign)}</mo>", rf'<mo\1 stretchy="false">{sign}</mo>', markup
        )
    markup = INDEXED_BAR.sub(r'<msub><mover>\1<mo stretchy="false">‾</mo></mover>\2</msub>', markup)
    return BAR.sub(r'<mover>\1<mo stretchy="false">‾</mo>', markup)


def _inline(translator, node):
    translator.body.append(_mathml(node, block=False))
    raise nodes.SkipNode


def _block(translator, node):
    number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
    translator.body.append(f'<div class="math-block">{number}{_mathml(node, block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
