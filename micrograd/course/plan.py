"""The plan of a workshop, notebooks/workshop.toml: timetables, and notes for a teacher.

    python -m micrograd.course.plan                a line for each timetable
    python -m micrograd.course.plan half --start 09:00
    python -m micrograd.course.plan --check        does the plan fit the chapters?

The minutes of a section are counted at the pace that the plan states.

Written in notebooks/87_workshop.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import re
import sys
import tomllib
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from jsonschema import Draft202012Validator

from micrograd.course.cells import ExportError, chapters, command, find_root
from micrograd.course.notebooks import read

# --- How long does a room take? ---


class Section:
    """What a room does in one section of a chapter.

    title: its heading, or "" for the text before the first heading
    words: how many are said aloud. cells: how many are run, [short, long]
    exercises: {number: minutes in its title}. code: the lines of its cells, not indented
    """

    def __init__(self, title):
        self.title = title
        self.words, self.cells, self.exercises, self.code = 0, [0, 0], {}, []

    def running(self, pace):
        """The minutes to run its cells and to look at them. pace: as in the plan."""
        short, long = self.cells
        return (short * pace["short"] + long * pace["long"]) / 60

    def minutes(self, pace):
        """How many minutes it takes to tell it, and to run its cells."""
        return self.words / pace["words"] + self.running(pace)


def title_of(heading):
    """The title in a heading's first line, without marks, links and times."""
    return re.match(r"#+ ([^\[\n]*)", heading)[1].strip(" ·(")


@cache
def books(root):
    """The chapters, {number: path}; git is asked for them only once."""
    return chapters(root)


@cache
def sections(path):
    """The sections of a chapter, {title: Section}, as a room meets them."""
    hidden = {"solution", "folded"}
    cells = [c for c in read(path).cells if not hidden & {*c.metadata.get("tags", [])}]
    here, task = Section(""), None
    found = {"": here}
    for cell in cells:
        text = re.sub(r"<details>.*?</details>|\]\([^)]*\)", "", cell.source, flags=re.DOTALL)
        if text.startswith("## "):
            here = found[title_of(text)] = Section(title_of(text))
        if text.startswith(("## ", "### ")):
            task = re.match(r"### Exercise (\d+) .* (\d+) min\)", text)
        if cell.cell_type == "code":
            here.code += [line.strip() for line in cell.source.splitlines()]
        if task:
            here.exercises[int(task[1])] = int(task[2])
        elif cell.cell_type == "code":
            here.cells[len(text.splitlines()) > 6] += 1
        else:
            here.words += len(text.split())
    return found


def exercises(path, titles=()):
    """The exercises of a chapter, or of these sections and its end, {number: minutes}."""
    found = sections(path)
    parts = [found[title] for title in found if not titles or title in (*titles, "Exercises")]
    return {number: minutes for part in parts for number, minutes in part.exercises.items()}


# --- The plan ---


class Step(NamedTuple):
    """One line of a timetable: a part of a chapter, or else a text such as "Break".

    sections: their titles; if there are none, all sections up to the exercises
    exercises: the numbers of those to do
    told: the number of a chapter that isn't opened, and told as its note says
    pause: whether it is a break
    """

    minutes: int
    chapter: str = ""
    sections: tuple = ()
    exercises: tuple = ()
    told: str = ""
    text: str = ""
    pause: bool = False


class Timetable(NamedTuple):
    """The steps of a workshop, in their order. minutes: of the whole, with its breaks.

    drop: what can be left out if a room is slow, such as "04 · Step by step"
    """

    name: str
    title: str
    minutes: int
    steps: tuple
    drop: tuple = ()

    @property
    def net(self):
        """The minutes without breaks."""
        return sum(step.minutes for step in self.steps if not step.pause)

    def clock(self, start="09:00"):
        """When each step begins, and at last when the whole ends: texts such as "09:10"."""
        now = datetime.strptime(start, "%H:%M")
        times = [now]
        for step in self.steps:
            times.append(times[-1] + timedelta(minutes=step.minutes))
        return [f"{time:%H:%M}" for time in times]


class Note(NamedTuple):
    """What a teacher wants to know about a section; each part may be empty.

    vote: a question for the room. answers: {letter: answer to choose}
    before: how a line begins in the cell that answers; the first cell with such a line counts
    right: the letter of the right answer. wrong: {letter: the confusion behind it}
    live: what to type while the room watches. must: whether a room has to see it
    bridge: what to say if the section is left out
    """

    vote: str = ""
    before: str = ""
    answers: dict = {}
    right: str = ""
    wrong: dict = {}
    live: str = ""
    must: bool = False
    bridge: str = ""


class Plan(NamedTuple):
    """All of workshop.toml; notes are {(chapter, title of a section or ""): Note}."""

    pace: dict
    timetables: dict
    notes: dict


def fields(needed, **types):
    """The JSON schema of a table: what is needed in it, and what each of its values is."""
    rules = {"required": needed.split(), "additionalProperties": False}
    return {"type": "object", "properties": types} | rules


def each(item):
    """The JSON schema of a list of different items."""
    return {"type": "array", "items": item, "uniqueItems": True}


TEXT = {"type": "string", "minLength": 1}
NUMBER = {"type": "number", "exclusiveMinimum": 0, "maximum": 1440}
COUNT = {"type": "integer", "minimum": 1, "maximum": 1440}
CHAPTER = {"type": "string", "pattern": r"^\d\d$"}
BY_LETTER = {"type": "object", "additionalProperties": TEXT}
PACE = dict.fromkeys("words open vote discuss live short long exercises".split(), NUMBER)
STEP = {"chapter": CHAPTER, "told": CHAPTER, "pause": TEXT, "task": TEXT}  # it has one of them
PART = {"minutes": COUNT, "sections": each(TEXT), "exercises": each(COUNT)}
NEEDS = {"dependentRequired": {"sections": ["chapter"], "exercises": ["chapter"]}}
STEPS = {"type": "array", "items": fields("minutes", **STEP, **PART) | NEEDS}
TABLE = fields("title minutes steps", title=TEXT, minutes=COUNT, steps=STEPS, drop=each(TEXT))
NOTE = {"vote": TEXT, "answers": BY_LETTER, "right": TEXT, "wrong": BY_LETTER, "live": TEXT}
NOTE |= {"must": {"const": True}, "bridge": TEXT, "chapter": CHAPTER, "section": TEXT}
NOTE |= {"before": TEXT}
SCHEMA = fields(
    "pace timetable",
    pace=fields(" ".join(PACE), **PACE),
    timetable={"type": "object", "additionalProperties": TABLE},
    note={"type": "array", "items": fields("chapter", **NOTE)},
)


def read_step(entry, place):
    """The Step that an entry of the plan describes."""
    kinds = [key for key in STEP if key in entry]
    if len(kinds) != 1:
        raise ExportError(f"workshop.toml, {place}: a step has one of {', '.join(STEP)}")
    names, numbers = (tuple(entry.get(key, ())) for key in ("sections", "exercises"))
    chapter, told = entry.get("chapter", ""), entry.get("told", "")
    text = "" if chapter or told else entry[kinds[0]]
    return Step(entry["minutes"], chapter, names, numbers, told, text, kinds == ["pause"])


def read_timetable(name, table):
    """The Timetable that a table of the plan describes."""
    steps = [read_step(step, f"{name}, step {n}") for n, step in enumerate(table["steps"], 1)]
    drop = tuple(table.get("drop", ()))
    return Timetable(name, table["title"], table["minutes"], tuple(steps), drop)


def parse_plan(text):
    """The Plan in the text of workshop.toml. Raises ExportError for what can't be used."""
    try:
        data = tomllib.loads(text)
    except ValueError as error:
        raise ExportError(f"workshop.toml: {error}") from None
    for error in Draft202012Validator(SCHEMA).iter_errors(data):
        path = [key + 1 if isinstance(key, int) else key for key in error.absolute_path]
        place = ".".join(map(str, path))
        raise ExportError(f"workshop.toml, {place or 'at its top'}: {error.message:.200}")
    tables = {name: read_timetable(name, table) for name, table in data["timetable"].items()}
    notes = {}
    for entry in data.get("note", ()):
        place = entry.pop("chapter"), entry.pop("section", "")
        if place in notes:
            raise ExportError(f"workshop.toml: there are two notes for {' · '.join(place)}")
        notes[place] = Note(**entry)
    return Plan(data["pace"], tables, notes)


def read_plan(root=None):
    """The Plan in notebooks/workshop.toml. Raises ExportError as parse_plan does."""
    path = (root or find_root()) / "notebooks" / "workshop.toml"
    try:
        return parse_plan(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ExportError(f"{path.name} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ExportError(f"{path.name} isn't in UTF-8: save it as UTF-8") from None


def taught(root, step):
    """The titles of a step's sections: those that it names, or all up to the exercises."""
    found = sections(books(root)[step.chapter])
    return step.sections or tuple(t for t in found if t not in ("", "Exercises", "In short"))


def chapter_title(root, number):
    """The title of a chapter, such as "04 Backpropagation by hand"."""
    return title_of(read(books(root)[number]).cells[0].source).replace(" · ", " ", 1)


def describe(root, step):
    """A step in words, such as "04 Backpropagation by hand, exercises 1, 2"."""
    if step.text:
        return step.text
    title = chapter_title(root, step.chapter or step.told)
    if step.told:
        return f"{title}, in words"
    many = "s" if len(step.exercises) > 1 else ""
    numbers = ", ".join(map(str, step.exercises))
    return f"{title}, exercise{many} {numbers}" if numbers else title


def timetable_lines(root, table, start="09:00"):
    """The lines of a timetable: when, how long and what, and what to drop if it gets late."""
    for time, step in zip(table.clock(start), table.steps, strict=False):
        yield f"{time}  {step.minutes:3} min  {describe(root, step)}"
    yield f"{table.clock(start)[-1]}  the end"
    if table.drop:
        yield f"If it gets late, drop: {'; '.join(table.drop)}"


class Part(NamedTuple):
    """What comes next in a step.

    kind: "section", to teach; "exercise", to do; "bridge", to say where a section or, without
    a title, a chapter is left out; "home", an exercise left out of a section that is taught.
    """

    kind: str
    chapter: str
    title: str = ""
    exercise: int = 0


RUN = "Run its cells"  # a bridge says so if cells further down need those of its section


def jumped_over(plan, table, step):
    """The chapters between a step and the one before it that are told by their notes."""
    taken = [step.chapter or step.told for step in table.steps]
    place = table.steps.index(step)
    earlier = next(filter(None, reversed(taken[:place])), "99")  # "99": nothing came before
    chapters_told = [number for number, title in plan.notes if not title]
    return [number for number in chapters_told if earlier < number < taken[place]]


def parts(root, plan, table, step):
    """The Parts of a step in the notebook's order, after the chapters that it jumps over."""
    told = jumped_over(plan, table, step) + [step.told] * bool(step.told)
    yield from (Part("bridge", number) for number in told)
    if not step.chapter:
        return
    same = [other for other in table.steps if other.chapter == step.chapter]
    known = {title for other in same for title in taught(root, other)}
    ahead = {"", *taught(root, step)}
    for title, section in sections(books(root)[step.chapter]).items():
        place, here = (step.chapter, title), title in ahead
        ahead.discard(title)
        bridge = plan.notes.get(place, Note()).bridge
        if here:
            yield Part("section", *place)
        elif bridge and title not in known and (ahead or RUN not in bridge):
            yield Part("bridge", *place)
        for number in section.exercises:
            if number in step.exercises:
                yield Part("exercise", *place, number)
            elif here:
                yield Part("home", *place, number)


def part_minutes(root, plan, part):
    """The minutes that a Part takes a room, by counting."""
    pace, note = plan.pace, plan.notes.get((part.chapter, part.title), Note())
    section = sections(books(root)[part.chapter])[part.title]
    if part.kind == "exercise":
        return section.exercises[part.exercise] * pace["exercises"]
    if part.kind == "home":
        return pace["short"] / 60  # all run the cell under its check
    if part.kind == "bridge":
        running = pace["short"] * (RUN in note.bridge)  # nobody looks at what they show
        return len(note.bridge.split()) / pace["words"] + running / 60
    seconds = (pace["vote"] + pace["discuss"]) * bool(note.vote) + pace["live"] * note.must
    seconds += pace["open"] * (not part.title)
    return section.minutes(pace) + seconds / 60


def count(root, plan, table, step):
    """The minutes that a part of a chapter takes a room, by counting."""
    return sum(part_minutes(root, plan, part) for part in parts(root, plan, table, step))


def name_of(part):
    """A Part as the plan names it, such as "04 · Step by step" or "07 · Exercise 2"."""
    return f"{part.chapter} · " + (f"Exercise {part.exercise}" if part.exercise else part.title)


def by_name(root, plan, table, step):
    """The sections taught and the exercises done in a step, {name: Part}."""
    found = parts(root, plan, table, step)
    return {name_of(part): part for part in found if part.kind in ("section", "exercise")}


def droppable(root, plan, table, step):
    """What of a step can still be dropped, as the plan orders it: (Part, minutes saved)s."""
    there = by_name(root, plan, table, step)
    for part in (there[name] for name in table.drop if name in there):
        instead = part._replace(kind="home" if part.exercise else "bridge")
        saved = part_minutes(root, plan, part) - part_minutes(root, plan, instead)
        yield part, round(saved)


# --- Does it fit the chapters? ---


def gaps(root, plan, step):
    """What a step names and isn't there, as sentences."""
    number = step.chapter or step.told
    if number and number not in books(root):
        yield f"there is no chapter {number}"
    elif step.told and (step.told, "") not in plan.notes:
        yield f"{step.told} has no [[note]] by which it can be told"
    elif step.chapter:
        path = books(root)[number]
        for title in {*step.sections} - {*sections(path)}:
            there = ", ".join(filter(None, sections(path)))
            yield f"{number} has no section `{title}`; it has {there}"
        for task in {*step.exercises} - {*exercises(path, taught(root, step))}:
            yield f"{number} has no exercise {task} here or at its end"


def find_timetable(root, plan, name, start="09:00"):
    """A timetable of the plan, by its name.

    Raises ExportError if there is none, if it names what isn't there, or for a wrong start.
    """
    if name not in plan.timetables:
        raise ExportError(f"there is no timetable {name}: {', '.join(plan.timetables)}")
    table = plan.timetables[name]
    for step in table.steps:
        for gap in gaps(root, plan, step):
            raise ExportError(f"workshop.toml, {name}: {gap}")
    try:
        table.clock(start)
    except ValueError:
        raise ExportError(f"a workshop starts at a time such as 09:00, not {start}") from None
    return table


def step_faults(root, plan, table, step):
    """How a part of a chapter doesn't fit its notes or its minutes, as sentences."""
    for title in taught(root, step):
        if (step.chapter, title) not in plan.notes:
            yield f"{step.chapter} · {title} has no [[note]]"
    counted = count(root, plan, table, step)
    if abs(counted - step.minutes) > max(3, counted / 10):
        yield f"{step.chapter} takes {step.minutes} min here, but we count {counted:.0f}"


def table_faults(root, plan, table):
    """What is wrong with a timetable, as sentences."""
    if wrong := [gap for step in table.steps for gap in gaps(root, plan, step)]:
        yield from wrong
        return
    places = set()
    for step in (step for step in table.steps if step.chapter):
        yield from step_faults(root, plan, table, step)
        places |= {*by_name(root, plan, table, step)}
    total = sum(step.minutes for step in table.steps)
    if total != table.minutes:
        yield f"says {table.minutes} min, but its steps add up to {total}"
    for place in table.drop:
        note = plan.notes.get(tuple(place.split(" · ", 1)), Note())
        if place not in places:
            yield f"drops `{place}`, which isn't in it"
        elif " · Exercise " not in place and not note.bridge:
            yield f"drops `{place}`, and no note has a `bridge` for it"


def plan_faults(root, plan):
    """What in the plan doesn't fit the chapters: sentences that say where."""
    paths = books(root)
    for name, table in plan.timetables.items():
        for fault in table_faults(root, plan, table):
            yield f"workshop.toml, {name}: {fault}"
    for (chapter, title), note in plan.notes.items():
        place = f"workshop.toml, note {chapter} · {title}"
        here = sections(paths[chapter]).get(title) if chapter in paths else None
        if not here:
            yield f"{place}: there is no such section"
        elif note.vote and not any(line.startswith(note.before) for line in here.code):
            yield f"{place}: no line of its cells begins with `{note.before}`"
        if {*note.answers} != {note.right, *note.wrong} - {""} or note.right in note.wrong:
            yield f"{place}: `right` needs one letter of `answers`, and `wrong` all the others"
        if not bool(note.vote) == bool(note.answers) == bool(note.before):
            yield f"{place}: of `vote`, `before` and `answers`, each needs the others"
        if note.must and not note.live:
            yield f"{place}: `must` needs something to type, `live`"


@command
def main(arguments=None):
    """Run the command line; return its exit code, 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.plan")
    parser.add_argument("timetable", nargs="?", help="its name; without one, a line for each")
    parser.add_argument("--start", default="09:00", help="when it begins, such as 13:30")
    parser.add_argument("--check", action="store_true", help="only look for what is wrong")
    options = parser.parse_args(arguments)
    root = find_root()
    plan = read_plan(root)
    if options.check:
        found = [*plan_faults(root, plan)]
        print("\n".join(found) or "the plan of the workshop fits the chapters")
        return 1 if found else 0
    if options.timetable:
        table = find_timetable(root, plan, options.timetable, options.start)
        print(*timetable_lines(root, table, options.start), sep="\n")
    else:
        for table in plan.timetables.values():
            print(f"{table.name:9} {table.minutes:4} min  {table.title}")


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
