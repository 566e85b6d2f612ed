"""HTML as a reader sees it: what is raised, struck out, ticked, counted, noted, and what tables say."""

# ruff: noqa: E501

from __future__ import annotations

import pytest

from footnoted.index.loaders.markup.formulas import tex_text
from footnoted.index.loaders.markup.html import page_document
from footnoted.index.text.blocks import fault
from footnoted.index.types import LoadedDocument


def read(page: str, *, whole: bool = True) -> LoadedDocument:
    document = page_document(page.encode(), "utf-8", whole=whole)
    assert fault(document.text, document.blocks) == ""
    return document


def blocks(page: str, *kinds: str) -> list[tuple]:
    """The blocks of some kinds: kind, level, label, words."""
    document = read(page)
    return [
        (block.kind, block.level, block.label, document.text[block.start : block.end])
        for block in document.blocks
        if block.kind in kinds
    ]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>10<sup>6</sup> and 7 &times; 10<sup>-3</sup>, 4 m<sup>3</sup>", "10⁶ and 7 × 10⁻³, 4 m³"),
        ("<p>2<sup>n+1</sup>, e<sup>x/2</sup>, Na<sup>+</sup>", "2ⁿ⁺¹, e^(x/2), Na⁺"),
        ("<p>the 1<sup>st</sup> and 22<sup>nd</sup>, le 1<sup>er</sup>, Acme<sup>TM</sup>", "the 1st and 22nd, le 1er, AcmeTM"),
        ("<p>in 1987<sup>12</sup>, the harbour<sup>3</sup> closed.<sup>4</sup> Then 12.5<sup>a</sup>", "in 1987 [12], the harbour [3] closed.[4] Then 12.5 [a]"),
        ("<p><sup>14</sup>C is old<p><sup>2</sup> See above.", "¹⁴C is old\n\n[2] See above."),
        ("<p>H<sub>2</sub>O, CO<sub>2</sub>, C<sub>6</sub>H<sub>12</sub>O<sub>6</sub>", "H2O, CO2, C6H12O6"),
        ("<p>101<sub>2</sub>, log<sub>2</sub>8, SO<sub>4</sub><sup>2-</sup>", "101₂, log₂8, SO₄²⁻"),
        ("<p>It costs <del>300</del> <ins>280</ins> euros<s> or less</s>.", "It costs 280 euros."),
        ("<p><ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>と<ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>", "漢字(かんじ)と東京(とうきょう)"),
        ("<p><input type=checkbox checked> Salt <input type=checkbox> Oil <input type=text value=x>", "[x] Salt [ ] Oil"),
        ("<p>a<p><input type=checkbox id=menu-toggle><input type=checkbox><p>b", "a\n\nb"),
        ("<p>He said <q>yes</q> on <time datetime='2024-05-01T10:00'></time>.", "He said “yes” on 2024-05-01."),
        ("<details><summary>Warranty</summary>Seven years.</details>", "Warranty\n\nSeven years."),
        ("<p>so <math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac></math> and <math><msup><mi>x</mi><mn>2</mn></msup></math>", "so (a+b)/2 and x²"),
        ("<p><math><mroot><mi>x</mi><mn>3</mn></mroot><mo>≤</mo><msqrt><mi>y</mi><mo>+</mo><mn>1</mn></msqrt></math>", "³√x≤√(y+1)"),
        ("<p><math><munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover><msub><mi>a</mi><mi>i</mi></msub></math>", "∑_(i=1)ⁿa_(i)"),
        ("<p>is <math><semantics><mrow></mrow><annotation encoding='application/x-tex'>\\frac{1}{1+x}</annotation></semantics></math>", "is 1/(1+x)"),
        ("<p>is <span class=mwe-math-mathml-inline style='display: none'><math><mi>k</mi></math></span><img class=mwe-math-fallback-image-inline alt='{\\displaystyle k}'>", "is k"),
        ("<p>is <img class=latex alt='\\sqrt{2}'> <img class=emoji alt='😀'>", "is √2 😀"),
        ("<h2>Install<a class=headerlink href=#i>¶</a></h2><p>Text", "Install\n\nText"),
    ],
    ids=["powers", "powers of names", "ordinals", "marks without a link", "at the start", "chemistry", "digits below", "struck out",
         "readings", "boxes", "boxes alone", "quotation and date", "details", "fraction and power", "roots", "sum", "only TeX", "hidden formula",
         "pictures of signs", "links to headings"],
)  # fmt: skip
def test_inside_a_line(page: str, text: str) -> None:
    assert read(page).text == text


@pytest.mark.parametrize(
    ("page", "rows"),
    [
        ("<table><tr><th>Ship<th>Year<tr><th scope=row>Vasa<td>1628", ["*Ship|*Year", "*Vasa|1628"]),
        ("<table><tr><th rowspan=2>Model<th colspan=2>Power<tr><th>Idle<th>Full<tr><td>K1<td>4<td>90",
         ["*Model|*Power|*Power", "*Model|*Idle|*Full", "K1|4|90"]),
        ("<table><tfoot><tr><td>All<td>3</tfoot><thead><tr><td>a<td>b</thead><tbody><tr><td>1<td>2", ["*a|*b", "1|2", "All|3"]),
        ("<table><tr><td><b>Town</b><td><b>Size</b><tr><td>Kiel<td>9<tr><td>Lund<td>8", ["*Town|*Size", "Kiel|9", "Lund|8"]),
        ("<table><tr><th>Day<th>Mon<th>Tue<tr><td>Pool<td colspan=2>closed<tr><td colspan=2>Sum<td>4",
         ["*Day|*Mon|*Tue", "Pool|closed|closed", "Sum||4"]),
        ("<table><tbody><tr><td rowspan=0>A<td>1<tr><td>2</tbody><tbody><tr><td>B<td>3", ["A|1", "A|2", "B|3"]),
        ("<table><tr><th>Part<th>Sizes<tr><td>Bolt<td><table><tr><th>mm<th>inch<tr><td>6<td>1/4<tr><td>8<td>5/16</table>",
         ["*Part|*Sizes", "Bolt|mm: 6, inch: 1/4; mm: 8, inch: 5/16"]),
        ("<table><tr><th>Dish<th>Needs<tr><td>Soup<td><ul><li>leek<li>salt</ul><tr><td>Stew<td><ol type=a><li>boil<li>wait</ol>",
         ["*Dish|*Needs", "Soup|leek, salt", "Stew|a. boil, b. wait"]),
        ("<table><tr><th>Task<th>Done<tr><td>Paint<td><input type=checkbox checked><tr><td>Test<td><img src=a.png alt=No>",
         ["*Task|*Done", "Paint|[x]", "Test|No"]),
        ("<table><tr><th>Unit<th>Value<tr><td>Area<td>10<sup>4</sup> m<sup>2</sup>", ["*Unit|*Value", "Area|10⁴ m²"]),
        ("<table><tr><th>North<td><tr><th>South<td>5", ["North", "*South|5"]),
    ],
    ids=["names of rows", "two rows of names", "foot", "bold", "wide cells", "to the end of a group", "table in a cell",
         "lists in cells", "ticks", "powers", "no value"],
)  # fmt: skip
def test_tables(page: str, rows: list[str]) -> None:
    document = read(page + "</table>")
    found: list[list[str]] = []
    for block in document.blocks:
        if block.kind == "row":
            found.append([])
        elif block.kind == "cell":
            found[-1] += [""] * (block.level - 1 - len(found[-1]))
            found[-1].append("*" * (block.label == "header") + document.text[block.start : block.end])
    assert ["|".join(row) for row in found] == rows


def test_a_row_of_names_is_a_header_and_a_caption_stands_before_its_table() -> None:
    page = "<table><caption>Ships <b>lost</b></caption><tr><th>Ship<th>Year<tr><th>Vasa<td>1628</table>"
    assert blocks(page, "caption", "row", "table") == [
        ("caption", 0, "", "Ships lost"),
        ("table", 0, "", "Ship | Year\nVasa | 1628"),
        ("row", 0, "header", "Ship | Year"),
        ("row", 0, "", "Vasa | 1628"),
    ]


def test_lists_count_as_the_page_says() -> None:
    page = "<ol type=I start=3><li>x<ol type=a><li>y<li value=27>z</ol></ol><ol reversed><li>p<li>q</ol>"
    page += "<ol style='list-style: upper-roman inside'><li>r</ol><ul><li><input type=checkbox checked> s<li><label><input type=checkbox> t</label></ul>"
    assert [(level, mark) for _, level, mark, _ in blocks(page, "item")] == [
        (1, "III."), (2, "a."), (2, "aa."), (1, "2."), (1, "1."), (1, "I."), (1, "[x]"), (1, "[ ]"),
    ]  # fmt: skip
    assert read("<ul><li><p>one<p>more<li><ol><li>deep</ol></ul>").text == "- one\n\nmore\n- 1. deep"


def test_a_table_in_an_item_belongs_to_it() -> None:
    page = "<ol><li>Set it:<table><tr><th>Mode<th>bar<tr><td>Eco<td>2</table><li>Close it.</ol>"
    assert [words for *_, words in blocks(page, "item")] == ["1. Set it:\n\nMode | bar\nEco | 2", "2. Close it."]


def test_terms_and_their_definitions_are_items() -> None:
    page = "<dl><div><dt>Bow<dd>The front.</div><div><dt>Stern<dd>The rear.<dd><p>Not the bow.</div></dl>"
    assert [words for *_, words in blocks(page, "item")] == ["Bow: The front.", "Stern: The rear.\nNot the bow."]


@pytest.mark.parametrize(
    "note",
    [
        "<section class=footnotes><ol><li id=n1><p>Paid twice. <a href=#r1>↩</a></ol></section>",
        "<aside role=doc-footnote id=n1><p>1. Paid twice.</aside>",
        "<footer><p id=n1><sup><a href=#r1>1</a></sup> Paid twice.</footer>",
        "<div><p><a id=n1 href=#r1>[1]</a> Paid twice.</div>",
        "<dl class=footnote><dt id=n1>[<a href=#r1>1</a>]<dd>Paid twice.</dl>",
    ],
    ids=["list", "aside", "in the foot of the page", "link inside", "terms"],
)
def test_notes_have_their_mark_and_the_text_refers_to_them(note: str) -> None:
    page = (
        f"<article><p>The fee<sup><a id=r1 href=#n1>1</a></sup> was {'raised again and ' * 20}paid.</p></article>{note}"
    )
    for whole in (True, False):
        document = read(page, whole=whole)
        assert document.text.startswith("The fee [1] was raised")
        (found,) = [block for block in document.blocks if block.kind == "footnote"]
        assert (found.label, document.text[found.start : found.end]) == ("[1]", "[1] Paid twice.")
        assert document.text.count("Paid twice") == 1


def test_quotes_listings_and_pictures() -> None:
    page = "<blockquote><p>To be.<blockquote>Or not.</blockquote><footer>— <cite>Will Kemp</cite></footer></blockquote>"
    page += "<div class=highlight-java><pre><div>a</div><div>  b</div></pre></div>"
    page += "<figure><img src=x alt='A chart of rising seas'><figcaption>Seas</figcaption></figure><p>c<img alt='company logo'><img alt='IMG_1.jpg'>"
    assert blocks(page, "quote", "code", "image", "caption") == [
        ("quote", 1, "Will Kemp", "To be.\n\nOr not.\n\n— Will Kemp"),
        ("quote", 2, "", "Or not."),
        ("code", 0, "java", "a\n  b"),
        ("image", 0, "", "A chart of rising seas"),
        ("caption", 0, "", "Seas"),
    ]


def test_numbers_of_lines_are_no_code() -> None:
    page = "<table><tr><td class=linenos><pre>1\n2</pre><td class=code><pre>x = 1\ny = 2</pre></table>"
    assert blocks(page, "code", "table") == [("code", 0, "", "x = 1\ny = 2")]


def test_a_list_of_what_the_page_holds_is_marked_as_such() -> None:
    page = "<ul><li><a href=#a>One</a><li><a href=#b>Two</a><li><a href=#c>Three</a></ul><ul><li><a href=#d>Four</a> and more</ul>"
    assert [words for *_, words in blocks(page, "contents")] == ["- One\n- Two\n- Three"]


def test_a_formula_on_a_line_of_its_own() -> None:
    page = "<p>Then</p><math display=block><mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math>"
    assert blocks(page, "formula") == [("formula", 0, "", "E=mc²")]


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\frac{a+b}{\sqrt{2c}} \times x^{10} \leq \alpha_i", "(a+b)/(√(2c)) × x¹⁰ ≤ α_(i)"),
        (r"{\displaystyle \sqrt[3]{x}}", "³√x"),
        (r"\begin{matrix}1 & 2 \\ 3 & 4\end{matrix}", "1 2 ; 3 4"),
        (r"\frac{1", "1/"),
        ("{" * 5000 + "x", "x"),
        ("", ""),
    ],
    ids=["fraction", "root", "matrix", "cut off", "deep", "empty"],
)
def test_tex(tex: str, text: str) -> None:
    assert tex_text(tex) == text


def test_what_the_page_says_about_itself() -> None:
    page = """<meta name=author content="Ann Lee"><meta property="og:description" content="On tides"><meta name=keywords content="sea, moon">
    <script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "datePublished": "2023-02-03T10:00",
    "author": [{"@type": "Person", "name": "Ann Lee"}, {"name": "Bo Ek"}]}, {"@type": "Organization", "description": "no"}]}</script>
    <script type="application/ld+json">{broken</script><p>Text"""
    assert read(page).metadata == {
        "author": "Ann Lee; Bo Ek", "date": "2023-02-03", "description": "On tides", "keywords": "sea, moon",
    }  # fmt: skip


def test_what_is_left_out_is_told() -> None:
    assert read("<p>now <s>90</s> 80").notes == ("Words that are struck out were left out.",)
    assert read("<p>now 80").notes == ()


def test_deep_and_odd_nesting_ends() -> None:
    for tag in ("sup", "q", "ruby", "ul><li", "blockquote", "table><tr><td", "table><tr><th>a<th", "mrow", "dl><dd"):
        page = f"<{tag}>" * 200 + "deep"
        assert "deep" in read(f"<math>{page}" if tag == "mrow" else page).text


def test_words_around_a_long_table_are_kept() -> None:
    rows = "".join(f"<tr><td>Farm {number}</td><td>{number * 3} tonnes</td></tr>" for number in range(400))
    page = (
        f"<body><div><h1>Harvest</h1><p>The frost took the plums.</p><table>{rows}</table><p>Ask Ola.</p></div></body>"
    )
    document = read(page, whole=False)
    assert document.text.startswith("Harvest\n\nThe frost took the plums.\n\nFarm 0 | 0 tonnes")
    assert document.text.endswith("Ask Ola.")
