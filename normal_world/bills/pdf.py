"""Draws a bill's page: A4, the standard fonts, not compressed, so that the same page is the same
bytes wherever it is made with the same release of reportlab (extra `bills`)."""

from io import BytesIO
from typing import TYPE_CHECKING, Final

from normal_world.bills.errors import PageMissing
from normal_world.bills.page import Bar, Page, Row

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

RELEASE: Final = "5.1.0"  # of reportlab, as setup.py pins it
WIDTH, HEIGHT = 595.28, 841.89  # A4 in points
LEFT, RIGHT = 50.0, WIDTH - 50.0
MIDDLE = (LEFT + RIGHT) / 2 + 6
PLAIN, BOLD, FIXED = "Helvetica", "Helvetica-Bold", "Courier"
INK, GREY, LINE, GREEN, PALE = "#1d2733", "#66727f", "#cfd6dd", "#2f855a", "#edf5f0"
# Right ends of the columns; the second and the third are written from the left.
COLUMNS = (LEFT + 14, LEFT + 24, LEFT + 190, LEFT + 330, LEFT + 412, RIGHT)
ROW = 13.0


def draw(page: Page) -> bytes:
    """The PDF of a page; PageMissing without reportlab."""
    try:
        from reportlab.pdfgen.canvas import Canvas
    except ImportError as error:
        raise PageMissing("reportlab is missing: pip install 'evlock[bills]'") from error
    into = BytesIO()
    canvas = Canvas(into, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=0)
    canvas.setTitle(page.title)
    canvas.setAuthor("Evlock")
    canvas.setSubject(f"bill {page.mark}")
    below = _top(canvas, page)
    below = _table(canvas, page, below)
    _charts(canvas, page, below)
    _foot(canvas, page)
    canvas.showPage()
    canvas.save()
    return into.getvalue()


def drawn_here() -> bool:
    """Whether this machine draws the same bytes: the release of the library is the pinned one."""
    try:
        import reportlab
    except ImportError:
        return False
    return bool(reportlab.Version == RELEASE)


def _top(canvas: "Canvas", page: Page) -> float:
    _text(canvas, LEFT, HEIGHT - 70, page.title, BOLD, 24)
    _text(
        canvas,
        RIGHT,
        HEIGHT - 62,
        page.issued,
        PLAIN,
        _fitting(canvas, page.issued, 10),
        right=True,
    )
    _text(canvas, RIGHT, HEIGHT - 75, f"No. {page.mark[:16]}", PLAIN, 8, GREY, right=True)
    for x, lines in zip((LEFT, MIDDLE), page.parties, strict=True):
        _party(canvas, x, HEIGHT - 110, lines)
    box = HEIGHT - 236
    canvas.setFillColor(PALE)
    canvas.roundRect(LEFT, box, RIGHT - LEFT, 66, 5, stroke=0, fill=1)
    _text(canvas, LEFT + 14, box + 44, page.paid, BOLD, 15, GREEN)
    for number, note in enumerate(page.notes):
        _text(canvas, LEFT + 14, box + 29 - 11 * number, note, PLAIN, 8.5)
    return box - 26


def _party(canvas: "Canvas", x: float, y: float, lines: Row) -> None:
    heading, name, *rest = lines
    _text(canvas, x, y, heading.upper(), PLAIN, 7.5, GREY)
    _text(canvas, x, y - 14, name, BOLD, _fitting(canvas, name, 11))
    for number, line in enumerate(rest):
        _text(canvas, x, y - 27 - 10 * number, line, PLAIN, 7.5, GREY)


def _fitting(canvas: "Canvas", label: str, size: float) -> float:
    """Smaller letters for a label that is too long for half the page."""
    width: float = canvas.stringWidth(label or " ", BOLD, size)
    return min(size, size * (MIDDLE - LEFT - 16) / width)


def _table(canvas: "Canvas", page: Page, y: float) -> float:
    """The place below it."""
    _row(canvas, y, page.columns, PLAIN, GREY)
    _rule(canvas, y - 5)
    for row in page.rows:
        y -= ROW
        _row(canvas, y - 2, row, PLAIN, INK)
    _rule(canvas, y - 7)
    _row(canvas, y - 20, page.totals, BOLD, INK)
    return y - 44


def _row(canvas: "Canvas", y: float, cells: Row, font: str, colour: str) -> None:
    for number, (x, cell) in enumerate(zip(COLUMNS, cells, strict=True)):
        _text(canvas, x, y, cell, font, 9, colour, right=number not in (1, 2))


def _charts(canvas: "Canvas", page: Page, y: float) -> None:
    _columns(canvas, LEFT, y, page.energy_title, page.energy)
    if page.prices:
        _bars(canvas, MIDDLE, y, "Price of a kWh, token", page.prices)


def _columns(canvas: "Canvas", x: float, y: float, title: str, bars: tuple[Bar, ...]) -> None:
    """Upright bars: energy. The numbers stand above them where there is room."""
    width, height = MIDDLE - LEFT - 40, 58.0
    _text(canvas, x, y, title, PLAIN, 8, GREY)
    most, step = max(bar.value for bar in bars) or 1, width / max(len(bars), 3)
    base = y - 26 - height
    for number, bar in enumerate(bars):
        left, tall = x + number * step, height * bar.value / most
        canvas.setFillColor(GREEN)
        canvas.rect(left + step * 0.15, base, step * 0.7, tall, stroke=0, fill=1)
        _text(canvas, left + step / 2, base - 9, bar.name, PLAIN, 7, GREY, middle=True)
        if step > 50:
            _text(canvas, left + step / 2, base + tall + 3, bar.told, PLAIN, 7, middle=True)
    _rule(canvas, base, x, x + width)


def _bars(canvas: "Canvas", x: float, y: float, title: str, bars: tuple[Bar, ...]) -> None:
    """Lying bars: prices."""
    _text(canvas, x, y, title, PLAIN, 8, GREY)
    most = max(bar.value for bar in bars) or 1
    for number, bar in enumerate(bars):
        low, long = y - 38 - 28 * number, 130 * bar.value / most
        canvas.setFillColor(GREEN if number == 0 else LINE)
        canvas.rect(x + 46, low, long, 15, stroke=0, fill=1)
        _text(canvas, x, low + 4.5, bar.name, PLAIN, 8)
        _text(canvas, x + 50 + long, low + 4.5, bar.told.removesuffix(" token"), PLAIN, 8)


def _foot(canvas: "Canvas", page: Page) -> None:
    rows = (len(page.ids) + 1) // 2
    y = 74 + 8.0 * rows + 20
    _rule(canvas, y + 14)
    for number, fact in enumerate(page.facts):
        _text(canvas, LEFT, y - 10 * number, fact, PLAIN, 7.5, GREY)
    y -= 10 * len(page.facts) + 2
    _text(canvas, LEFT, y, page.ids_title, PLAIN, 7.5, GREY)
    for number, word in enumerate(page.ids):
        x = (LEFT, MIDDLE)[number % 2]
        _text(canvas, x, y - 9 - 8 * (number // 2), word, FIXED, 6.1, GREY)
    check = "Check it without us: evlock bill verify BILL.json --rpc NODE --book contracts.json"
    _text(canvas, LEFT, 46, check, PLAIN, 7.5)
    _text(canvas, LEFT, 36, f"This page is of the bill with SHA-256 {page.mark}", PLAIN, 7.5, GREY)


def _text(
    canvas: "Canvas", x: float, y: float, text: str, font: str, size: float, colour: str = INK,
    *, right: bool = False, middle: bool = False,
) -> None:  # fmt: skip
    canvas.setFillColor(colour)
    canvas.setFont(font, size)
    put = canvas.drawRightString if right else canvas.drawString
    (canvas.drawCentredString if middle else put)(x, y, text)


def _rule(canvas: "Canvas", y: float, left: float = LEFT, right: float = RIGHT) -> None:
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.6)
    canvas.line(left, y, right, y)
