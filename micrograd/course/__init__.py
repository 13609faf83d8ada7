"""The course's own machinery: nothing in here is micrograd, and micrograd imports none of it.

For the chapters:

    exercise   answers a reader's attempt with ✓ or a diagnosis
    style      sets the look of the figures
    names      where the file of names is, and how it was made
    questions  small random graphs; practice asks for their gradients, one by one
    sheet      the page of derivatives

From the notebooks to everything else:

    cells      the course's own notebooks, and their marked cells
    fold       folds the marked cells of a module into its text
    export     writes the package, micrograd/, out of all notebooks; before("07")
    notebooks  runs, formats, checks and measures the stored notebooks
    testing    the plugin for pytest
    workbook   writes the reader's copies, and never over what a reader has changed
    script     runs a Python file with cells, and shows it as a notebook
    bench      times the engines, NumPy and PyTorch side by side

For a workshop:

    plan, mistakes       timetables and notes, proved; the usual wrong answers
    kit, welcome         all that is handed out, and what a participant reads first
    participant          our answer, to go on with
    handouts             solutions and the teacher's plan as pages
    hub, room, seat      a JupyterHub for all; who: who is where, from saved notebooks
    projector, slides    JupyterLab and slides on a wall
    offline              all packages, on a stick

For the web:

    site, pages, looks   pages out of the stored notebooks, and how they look
    terms, links         glossary, index and search; does every link work?
    film, record         the chapters' widgets, which move without a kernel
    browser, npm         JupyterLite, with a compiled Python
    playground, play     an expression that is typed, drawn and walked through

Written in notebooks/98_files.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""
