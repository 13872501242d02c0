"""A sheet of exercises for a class, with or without the answers, as Markdown or as a web page.

Pure; writes text.
"""

import html
from collections.abc import Iterable, Sequence

from gdstudio.document.numbers import shown_plain
from gdstudio.teaching.practice import Exercise, Level, exercise

MOST_EXERCISES = 100


def sheet_of(levels: Sequence[Level], count: int, seed: int) -> tuple[Exercise, ...]:
    """Return ``count`` exercises, the levels in turn; the same seed gives the same sheet."""
    return tuple(exercise(levels[k % len(levels)], seed + k // len(levels)) for k in range(count))


def markdown(exercises: Iterable[Exercise], *, answers: bool) -> str:
    """Return a sheet as Markdown."""
    lines = ["# Gradient descent: exercises", ""]
    for number, each in enumerate(exercises, start=1):
        lines += [f"## {number}. {each.level.value}", ""]
        lines += [f"- {_escaped(line)}" for line in each.given]
        lines += ["", *_code(each)]
        lines += [f"**{_escaped(each.question)}** ({each.tolerance_text})", ""]
        if answers:
            lines += [f"Answer: {shown_plain(each.answer)}", "", *(f"- {_escaped(line)}" for line in each.solution), ""]
    return "\n".join(lines).rstrip() + "\n"


def _escaped(text: str) -> str:
    return "".join("\\" + c if c in "\\`*_[]<>#" else c for c in text)


def _code(each: Exercise) -> list[str]:
    if not each.code:
        return []
    numbered = enumerate(zip(each.code, each.results, strict=True), start=1)
    return ["```python", *(f"{line}  # line {k} gives {result}" for k, (line, result) in numbered), "```", ""]


_STYLE = """
body { font-family: Inter, system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; color: #16202e; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
pre { background: #eef1f8; padding: .6rem .8rem; border-radius: 6px; }
.answer { background: #f4f6f9; border-left: 3px solid #0b8261; padding: .4rem .8rem; }
.line { border-bottom: 1px solid #5d6778; height: 1.6rem; width: 12rem; }
section { break-inside: avoid; }
"""


def web_page(exercises: Iterable[Exercise], *, answers: bool) -> str:
    """Return a sheet as one web page that loads nothing else."""
    parts = [
        "<!doctype html>", '<html lang="en">', '<head><meta charset="utf-8"><title>Gradient descent: exercises</title>',
        f"<style>{_STYLE}</style></head>", "<body>", "<h1>Gradient descent: exercises</h1>",
    ]  # fmt: skip
    for number, each in enumerate(exercises, start=1):
        parts.append(f"<section><h2>{number}. {html.escape(each.level.value)}</h2>")
        parts.append("<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in each.given) + "</ul>")
        if each.code:
            listing = "\n".join(each.listing)
            parts.append(f"<pre>{html.escape(listing)}</pre>")
        parts.append(f"<p><strong>{html.escape(each.question)}</strong> ({html.escape(each.tolerance_text)})</p>")
        if answers:
            worked = "<br>".join(html.escape(line) for line in each.solution)
            parts.append(f'<div class="answer">{html.escape(shown_plain(each.answer))}<br>{worked}</div>')
        else:
            parts.append('<div class="line"></div>')
        parts.append("</section>")
    return "\n".join([*parts, "</body>", "</html>"]) + "\n"
