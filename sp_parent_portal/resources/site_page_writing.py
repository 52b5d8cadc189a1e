"""Makes and changes pages: all of them made, saved and published in one request for each step, then read back.

A page that a run began and did not finish is taken up again, if nothing stands on it that is not ours.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import AlreadyExists, GatewayError
from ..microsoft365.model import Answer, PageContent, SitePage
from ..plan.model import Change
from ..runs.model import Outcome
from ..site_pages.canvas import make_canvas, make_layout
from ..site_pages.facts import ASSETS, Facts, make_facts
from ..site_pages.model import Page
from ..site_pages.reading import control_ids, read_canvas
from .drift import fingerprint
from .site_content import part_of
from .site_page import WELCOME, find_home, key_of, look_of, stamp, wanted_look
from .work import Work, done, ended, failed, unknown


@dataclass(slots=True)
class _Job:
    """One page on its way. `error` is what stopped it, `why` the same in words of ours."""

    change: Change
    page: Page
    found: SitePage | None = None
    error: GatewayError | None = None
    why: str = ""

    @property
    def goes_on(self) -> bool:
        return self.found is not None and self.error is None and not self.why

    @property
    def number(self) -> int:
        return self.found.id if self.found is not None else 0


@dataclass(slots=True)
class _Jobs:
    all: list[_Job] = field(default_factory=list)

    @property
    def going(self) -> list[_Job]:
        return [job for job in self.all if job.goes_on]

    def step(
        self, act: Callable[[list[int]], Sequence[Answer[None]]], which: Callable[[_Job], bool] = lambda _: True
    ) -> None:
        """One request for the pages that go on and for which the step is."""
        jobs = [job for job in self.going if which(job)]
        if jobs:
            for job, answer in zip(jobs, act([job.number for job in jobs]), strict=True):
                job.error = answer.error


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    yield from work.adopt_all(changes)
    changes = [change for change in changes if change.verb != "adopt"]
    if not changes:
        return
    pages = {key_of(page): page for page in work.desired.content.pages}
    jobs = _Jobs([_Job(change, pages[part_of(change)]) for change in changes if part_of(change) != WELCOME])
    welcome = next((change for change in changes if part_of(change) == WELCOME), None)
    try:
        facts = _observe_facts(work)
        _find_or_create(work, jobs, facts)
        _write(work, jobs, facts)
        home = _set_welcome(work, jobs) if welcome else 0
        read = _read_back(work, {*(job.number for job in jobs.going), home} - {0})
    except GatewayError as error:
        yield from (ended(job.change, job.error or error) for job in jobs.all)
        if welcome:
            yield ended(welcome, error)
        return
    yield from (_outcome(work, job, read, facts) for job in jobs.all)
    if welcome:
        yield _welcome_outcome(work, welcome, read.get(home))


def _observe_facts(work: Work) -> Facts:
    url, content, known = work.desired.url, work.desired.content, work.known
    shown = {name for page in content.pages for name in page.images()}
    if shown - known.files.keys():
        known.files |= {file.name: file.id for file in work.gateway.sharepoint.list_files(url, ASSETS)}
    lists = [(each.title, each.id, each.url) for each in known.lists]
    return make_facts(content, url, site_id=known.site_id, web_id=known.web_id, lists=lists, files=known.files)


# ---- the pages themselves --------------------------------------------------------------------------------------------


def _find_or_create(work: Work, jobs: _Jobs, facts: Facts) -> None:
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    new = [job for job in jobs.all if job.change.verb == "create"]
    wanted = [(job.page.file, job.page.title, job.page.kind == "news") for job in new]
    for job, answer in zip(new, sharepoint.create_pages(url, wanted) if wanted else [], strict=True):
        job.found, job.error = answer.value, answer.error
    taken = [job for job in new if isinstance(job.error, AlreadyExists)]
    old = [job for job in jobs.all if job.change.verb != "create"]
    if taken or old:
        there = {page.file.lower(): page for page in sharepoint.list_pages(url)}
        for job in (*taken, *old):
            job.found, job.error = there.get(job.page.file), None
            job.why = "" if job.found else "the page cannot be found"
    _keep_what_is_not_ours(work, [job for job in taken if job.goes_on], facts)
    jobs.step(
        lambda ids: sharepoint.check_out_pages(url, ids),
        lambda job: job.found is not None and not job.found.checked_out,
    )


def _keep_what_is_not_ours(work: Work, jobs: Sequence[_Job], facts: Facts) -> None:
    """A page that was not there when it was planned is written to only where it is empty, or as we want it."""
    numbers = [job.number for job in jobs]
    answers = work.gateway.sharepoint.read_pages(work.desired.url, numbers) if numbers else []
    for job, answer in zip(jobs, answers, strict=True):
        job.error = answer.error
        if answer.value is not None:
            page, content = answer.value
            ours = look_of(page, content, facts) == wanted_look(work.desired, job.page)
            if not ours and (page.is_published or read_canvas(content.canvas, facts)):
                job.why = f"somebody has made a page {job.page.file} meanwhile; it is left alone"


def _write(work: Work, jobs: _Jobs, facts: Facts) -> None:
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    contents: dict[int, PageContent] = {}
    for job in jobs.going:
        try:
            canvas, layout = make_canvas(job.page, facts), make_layout(job.page, facts)
        except KeyError as missing:
            job.why = f"it shows {missing.args[0]}, which is not there"
            continue
        contents[job.number] = PageContent(job.page.title, canvas, layout)
    jobs.step(lambda ids: sharepoint.save_pages(url, {each: contents[each] for each in ids}))
    jobs.step(lambda ids: sharepoint.publish_pages(url, ids))
    jobs.step(lambda ids: sharepoint.promote_pages(url, ids), _is_to_promote)


def _is_to_promote(job: _Job) -> bool:
    return job.page.kind == "news" and job.found is not None and not job.found.is_news


Read = Mapping[int, Answer[tuple[SitePage, PageContent]]]


def _read_back(work: Work, numbers: Collection[int]) -> Read:
    wanted = sorted(numbers)
    answers = work.gateway.sharepoint.read_pages(work.desired.url, wanted) if wanted else []
    return dict(zip(wanted, answers, strict=True))


def _outcome(work: Work, job: _Job, read: Read, facts: Facts) -> Outcome:
    if job.error is not None:
        return ended(job.change, job.error)
    if job.why:
        return failed(job.change, job.why)
    answer = read[job.number]
    if answer.error is not None or answer.value is None:
        return unknown(job.change, "written, but it cannot be read back")
    page, content = answer.value
    # SharePoint may write a part's data in its own way: that each of our parts is in its place is what is asked for.
    wanted = control_ids(read_canvas(make_canvas(job.page, facts), facts))
    if not page.is_published or page.is_news != (job.page.kind == "news"):
        return unknown(job.change, "written, but it is not published")
    if control_ids(read_canvas(content.canvas, facts)) != wanted or content.title != job.page.title:
        return unknown(job.change, "written, but it reads otherwise")
    work.put_down(key_of(job.page), fingerprint(look_of(page, content, facts).normal), stamp(page))
    return done(job.change)


# ---- the page that the site begins with ------------------------------------------------------------------------------


def _set_welcome(work: Work, jobs: _Jobs) -> int:
    """The number of the page that the site begins with now; 0 where there is no such page, and nothing was set."""
    home = find_home(work.desired)
    if home is None:
        return 0
    job = next((job for job in jobs.all if job.page is home), None)
    if job is None:
        remembered = work.known.memory.get(key_of(home))
        number = int(remembered.id.partition(":")[0]) if remembered and remembered.id else 0
    else:
        number = job.number if job.goes_on else 0
    if number:
        work.gateway.sharepoint.set_welcome_page(work.desired.url, home.file)
    return number


def _welcome_outcome(work: Work, change: Change, answer: Answer[tuple[SitePage, PageContent]] | None) -> Outcome:
    home = find_home(work.desired)
    if home is None or answer is None:
        return failed(change, "the home page is not there yet")
    if answer.value is None or not answer.value[0].is_welcome:
        return unknown(change, "set, but the site does not begin with it")
    work.put_down(WELCOME)
    return done(change)
