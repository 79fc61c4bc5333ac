#!/usr/bin/env python3
"""Draws a terminal's text as SVG: text on standard input, SVG on standard output.

  some-program | docs/picture/render.py --command "some-program" > picture.svg

The text is shown as it is; nothing is made up. --keep WORD (repeatable) shows only the paragraphs
whose first line holds one of the words, --lines the first so many lines of each; what is left out
is counted in the picture. --width wraps long lines. Standard library only."""
import argparse
import re
import sys
from xml.sax.saxutils import escape, quoteattr

CHARACTER, LINE, MARGIN, BAR = 8.0, 18, 18, 34
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]")
COLOURS = {"command": "#9ece6a", "heading": "#7dcfff", "text": "#c8d0e0", "note": "#7a839a"}


def clean(text):
    """Without colours and other control characters, tabs as blanks."""
    text = ESCAPES.sub("", text).expandtabs(8)
    return "".join(c for c in text if c == "\n" or (c.isprintable() and c != "\ufffd"))


def paragraphs(text):
    """Lists of lines, cut at empty lines."""
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        if part.strip():
            yield [line.rstrip() for line in part.splitlines()]


def choose(parts, words):
    """(paragraphs to show, how many were left out)."""
    if not words:
        return parts, 0
    kept = [part for part in parts if any(word in part[0] for word in words)]
    # A word that matches nothing must not give an empty picture.
    return (kept, len(parts) - len(kept)) if kept else (parts, 0)


def wrap(line, width):
    """The line in pieces of at most `width` characters, later ones indented, cut at blanks."""
    while len(line) > width:
        indent = len(line) - len(line.lstrip())
        cut = line.rfind(" ", indent + width // 2, width)
        cut = cut if cut > 0 else width
        yield line[:cut].rstrip()
        line = " " * (indent + 4) + line[cut:].lstrip()
    yield line


def lines_of(text, arguments):
    """(kind, line) of everything that is drawn."""
    lines = [("command", "$ " + arguments.command)] if arguments.command else []
    parts, missing = choose(list(paragraphs(clean(text))), arguments.keep)
    for part in parts:
        lines.append(("text", ""))
        for number, line in enumerate(part[:arguments.lines]):
            heading = number == 0 and not line.startswith(" ") and len(part) > 1
            for piece in wrap(line, max(arguments.width, 20)):
                lines.append(("heading" if heading else "text", piece))
        if len(part) > arguments.lines:
            lines.append(("note", f"  ({len(part) - arguments.lines} more lines)"))
    if missing:
        lines += [("text", ""), ("note", f"({missing} more paragraphs)")]
    return lines


def draw(lines, title):
    columns = max([len(line) for _, line in lines] + [40])
    width = round(columns * CHARACTER + 2 * MARGIN)
    height = BAR + len(lines) * LINE + 2 * MARGIN
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           f'viewBox="0 0 {width} {height}" role="img" aria-label={quoteattr(title)}>')
    yield f"<title>{escape(title)}</title>"
    yield f'<rect width="{width}" height="{height}" rx="8" fill="#1a1d29"/>'
    for number, colour in enumerate(("#f7768e", "#e0af68", "#9ece6a")):
        yield f'<circle cx="{MARGIN + 6 + 20 * number}" cy="{BAR // 2 + 2}" r="6" fill="{colour}"/>'
    yield ('<g font-family="ui-monospace,\'DejaVu Sans Mono\',Menlo,Consolas,monospace" '
           'font-size="13" xml:space="preserve">')
    for number, (kind, line) in enumerate(lines):
        text = line.lstrip()
        if not text:
            continue
        x = MARGIN + (len(line) - len(text)) * CHARACTER
        y = BAR + MARGIN + number * LINE
        # The length is given, so that columns stay columns in whatever font the reader has. Blanks
        # are hard ones: some viewers fold the others.
        hard = escape(text.replace(" ", "\u00a0"))
        yield (f'<text x="{x:g}" y="{y}" fill="{COLOURS[kind]}" '
               f'textLength="{len(text) * CHARACTER:g}">{hard}</text>')
    yield "</g>"
    yield "</svg>"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--title", default="Output of a terminal")
    parser.add_argument("--command", default="", help="shown as the first line")
    parser.add_argument("--keep", action="append", default=[], help="paragraphs to show")
    parser.add_argument("--lines", type=int, default=1000, help="lines of a paragraph to show")
    parser.add_argument("--width", type=int, default=104, help="characters in a line")
    arguments = parser.parse_args()
    text = sys.stdin.buffer.read().decode(errors="replace")
    if not text.strip():
        sys.exit("render.py: nothing came on standard input")
    sys.stdout.reconfigure(encoding="utf-8")
    print("\n".join(draw(lines_of(text, arguments), arguments.title)))


if __name__ == "__main__":
    main()
