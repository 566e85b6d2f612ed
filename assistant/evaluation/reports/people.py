"""What people's labels say about a run, for the terminal, the report page and Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

MEANINGS = {
    "right_by_people": "right, of the answers on which people agree",
    "partly_by_people": "right in part, of those",
    "wrong_by_people": "wrong, of those",
    "should_have_refused": "should have been refused, of those",
    "graded_by_people": "answers that a person has graded, of all answers",
    "agreement_automatic": "people and the automatic grading agree whether it is right",
    "kappa_automatic": "the same as Cohen's kappa: 1 is always, 0 is as often as by chance",
    "agreement_graders": "the two people with most answers in common give the same verdict",
    "kappa_graders": "the same as Cohen's kappa",
}
DIFFERENCES_SHOWN = 100
NEW_ANSWERS = "Answers that are new since people graded their question, and not graded ({count})"


def measured_by_people(metrics: Mapping) -> bool:
    """Whether anybody has graded an answer of the run."""
    return bool(metrics.get("people", {}).get("graders"))


def value_text(entry: Mapping) -> str:
    """ "0.800 (0.376 to 0.964, n 5)", or why there is no value."""
    if entry["value"] is None:
        return f"not measured: {entry['reason']}"
    low, high = entry["interval"]
    return f"{entry['value']:.3f} ({low:.3f} to {high:.3f}, n {entry['n']})"


def people_rows(metrics: Mapping) -> list[tuple[str, str, str]]:
    """(name, value with interval and n, meaning) of each metric, then of each slice."""
    rows = [(name, value_text(entry), MEANINGS[name]) for name, entry in metrics["labels"].items()]
    for pair in metrics["people"]["pairs"]:
        names = " and ".join(pair["graders"])
        rows.append((f"kappa of {names}", value_text(pair["kappa"]), f"agreement {value_text(pair['agreement'])}"))
    for field, values in metrics["people"]["slices"].items():
        for value, entries in values.items():
            rows += [(f"{name}, {field} = {value}", value_text(entry), "") for name, entry in entries.items()]
    return rows


def people_lines(metrics: Mapping) -> list[str]:
    """The lines for a terminal; none where nobody has graded an answer. Texts of documents are not in them."""
    people = metrics.get("people", {})
    changed = people.get("new_answers", ())
    new = [f"{NEW_ANSWERS.format(count=len(changed))}: {listed(changed)}."] if changed else []
    if not measured_by_people(metrics):
        return new
    graders = ", ".join(f"{name} ({count})" for name, count in people["graders"].items())
    lines = [f"Graded by people: {graders}."]
    lines += [f"  {name}: {value_text(entry)}" for name, entry in metrics["labels"].items()]
    for pair in people["pairs"] if len(people["pairs"]) > 1 else ():
        lines.append(f"  kappa of {' and '.join(pair['graders'])}: {value_text(pair['kappa'])}")
    if people["differences"]:
        lines.append(f"  Verdicts differ on {listed([row['id'] for row in people['differences']])}; see the report.")
    return lines + new


def listed(names: Sequence[str]) -> str:
    """The first five names, and how many more there are; without what would drive a terminal."""
    shown = ", ".join("".join(letter if letter.isprintable() else " " for letter in name) for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if names[5:] else "")


def automatic_text(row: Mapping) -> str:
    """The automatic verdict of a difference in words."""
    verdict = {True: "right", False: "wrong", None: "not graded"}[row["automatic"]]
    return f"{verdict} (by {row['graded_by']})" if row["graded_by"] else verdict


def people_html(metrics: Mapping) -> str:
    """The part of the report page; empty where nobody has graded an answer."""
    changed = metrics.get("people", {}).get("new_answers", ())
    new = f'<p class="bad">{escape(NEW_ANSWERS.format(count=len(changed)))}: {escape(listed(changed))}.</p>'
    new = new if changed else ""
    if not measured_by_people(metrics):
        return new
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td><td class='soft wide'>{escape(meaning)}</td></tr>"
        for name, value, meaning in people_rows(metrics)
    )
    differences = metrics["people"]["differences"]
    differing = "".join(
        f'<tr><td><a href="#{escape("q-" + str(row["id"]))}">{escape(row["question"])}</a></td>'
        f"<td>{escape(automatic_text(row))}</td><td>{escape(said_text(row))}</td></tr>"
        for row in differences[:DIFFERENCES_SHOWN]
    )
    more = f", the first {DIFFERENCES_SHOWN} of {len(differences)}" if differences[DIFFERENCES_SHOWN:] else ""
    table = (
        f'<h3>Verdicts that differ{more}</h3><div class="scroll"><table><tr><th>question</th><th>automatic</th>'
        f"<th>people</th></tr>{differing}</table></div>"
    )
    head = "<tr><th>metric</th><th>value (95 % interval, n)</th><th class='wide'>meaning</th></tr>"
    return f"<h2>Graded by people</h2>{new}<table>{head}{rows}</table>{table if differing else ''}"


def said_text(row: Mapping) -> str:
    """What each person says about an answer."""
    return "; ".join(f"{name}: {verdict}" for name, verdict in row["people"].items())
