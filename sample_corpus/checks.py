"""What must hold between the source files: one line a slip, all at once, so that an author sees what is wrong."""

import re
from collections.abc import Iterator

from sources import Digest, PagePlan, Site, Sources, Story, Version

PLACEHOLDERS = {"{name}", "{host}", "{url}", "{local_time}"}
KEEP_PART = re.compile(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?")


def kept_numbers(keep: str | None, n_sentences: int) -> list[int]:
    """The numbers of the kept sentences, from 1.

    Raises:
        ValueError: the text of `keep` can't be read or names a sentence that is not there.
    """
    if keep is None:
        return list(range(1, n_sentences + 1))
    numbers: list[int] = []
    for part in keep.split(","):
        match = KEEP_PART.fullmatch(part)
        if match is None:
            raise ValueError(f'keep = {keep!r} can\'t be read; write it like "1-5, 8"')
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= n_sentences:
            raise ValueError(f"keep = {keep!r} is out of range: the version has {n_sentences} sentences")
        numbers += range(first, last + 1)
    if sorted(set(numbers)) != numbers:
        raise ValueError(f"keep = {keep!r} must rise and name no sentence twice")
    return numbers


def own_lines(plan: PagePlan) -> str:
    """What the page itself says beside the version's text: here it can give its parent away."""
    return "\n".join([*plan.before, plan.dateline, *plan.credit, *plan.after])


def names_in_line(plan: PagePlan, parent_site: Site) -> tuple[bool, bool, bool]:
    """Whether the page's own lines hold the parent's host, its name, its agency tag."""
    lines = own_lines(plan)
    host = "{host}" in lines or "{url}" in lines or parent_site.bare_host in lines
    name = "{name}" in lines or parent_site.name in lines
    tag = re.escape(parent_site.agency or "")
    return host, name, bool(tag) and re.search(rf"\b(?:{tag}\b|{tag.lower()}/)", lines) is not None


def check_versions(story: Story) -> Iterator[str]:
    for version in story.versions.values():
        where = f"{story.where}: versions.{version.key}"
        if version.made == "original":
            if version.made_from is not None:
                yield f"{where}: an original has no `from`; drop it, or say how the text was made"
            continue
        source = story.versions.get(version.made_from or "")
        if source is None:
            yield f"{where}: from = {version.made_from!r} is no version here; choose one of {list(story.versions)}"
        elif (version.made == "rewrite") != (version.language == source.language):
            yield f"{where}: made = {version.made!r} does not fit {source.language} -> {version.language}"


def check_page(story: Story, plan: PagePlan, sites: dict[str, Site]) -> Iterator[str]:
    where = f"{story.where}: page {plan.id}"
    site, version = sites.get(plan.site), story.versions.get(plan.version)
    if site is None:
        yield f"{where}: site = {plan.site!r} is no key of sites.toml"
    if version is None:
        yield f"{where}: version = {plan.version!r} is not in this story; choose one of {list(story.versions)}"
    if site is not None and version is not None:
        if site.language != version.language:
            yield f"{where}: site {site.key} writes {site.language}, version {version.key} is {version.language}"
        yield from (f"{where}: {line}" for line in keep_problems(plan.keep, version))
    yield from (f"{where}: {line}" for line in plan_problems(plan))
    if plan.parent is not None and site is not None and version is not None:
        yield from check_parent(story, plan, sites)


def plan_problems(plan: PagePlan) -> Iterator[str]:
    """What is wrong with a page taken by itself."""
    if plan.crawled is not None and plan.crawled < plan.published:
        yield f"crawled {plan.crawled}, before it was published"
    if plan.backdated_hours < 0:
        yield f"backdated_hours = {plan.backdated_hours} must not be negative"
    if (plan.relation == "origin") != (plan.parent is None):
        yield f"relation = {plan.relation!r} and parent = {plan.parent!r}; an origin has no parent, all others have one"
    if plan.credit_link and not plan.credit:
        yield "credit_link = true without a credit line; add one"
    for placeholder in re.findall(r"\{[^}]*\}?", own_lines(plan)):
        if placeholder not in PLACEHOLDERS or placeholder not in "".join(plan.credit) or plan.parent is None:
            yield f"{placeholder} stands only in `credit` of a page with a parent; known: {sorted(PLACEHOLDERS)}"


def keep_problems(keep: str | None, version: Version) -> Iterator[str]:
    try:
        kept_numbers(keep, len(version.sentences))
    except ValueError as error:
        yield str(error)


def check_parent(story: Story, plan: PagePlan, sites: dict[str, Site]) -> Iterator[str]:
    where = f"{story.where}: page {plan.id}"
    parent = story.pages.get(plan.parent or "")
    if parent is None:
        yield f"{where}: parent = {plan.parent!r} is no page of this story; choose one of {list(story.pages)}"
        return
    if plan.published <= parent.published:
        yield f"{where}: published {plan.published} is not after its parent {parent.id}, {parent.published}"
    if parent.site not in sites or parent.version not in story.versions:
        return  # told at the parent
    same_language = story.versions[plan.version].language == story.versions[parent.version].language
    if (plan.relation == "translation") == same_language:
        yield f"{where}: relation = {plan.relation!r} does not fit its language and that of its parent {parent.id}"
    yield from check_names(where, plan, sites[parent.site])


def check_names(where: str, plan: PagePlan, parent_site: Site) -> Iterator[str]:
    """`names` is the truth that scores are taken against: it must say what the page does, no more and no less."""
    host, name, tag = names_in_line(plan, parent_site)
    if "line" in plan.names and not (host or name or tag):
        yield f"{where}: names has 'line', but it holds neither {parent_site.name!r} nor {parent_site.bare_host!r}"
    if "line" not in plan.names and (host or name):
        yield f"{where}: its lines name the parent {parent_site.name!r}, but names = {list(plan.names)} lacks 'line'"
    for mark, is_set in (("canonical", plan.canonical), ("based-on", plan.based_on), ("link", plan.credit_link)):
        if (mark in plan.names) != is_set:
            yield f"{where}: names = {list(plan.names)}, but {mark!r} is {'' if is_set else 'not '}set; make them agree"


def check_digest(digest: Digest, sources: Sources) -> Iterator[str]:
    site = sources.sites.get(digest.site)
    if site is None:
        yield f"{digest.where}: site = {digest.site!r} is no key of sites.toml"
        return
    if digest.crawled < digest.published:
        yield f"{digest.where}: crawled before it was published"
    for item in digest.items:
        story = sources.stories.get(item.story)
        plan = story.pages.get(item.page) if story else None
        version = story.versions.get(plan.version) if story and plan else None
        if plan is None or version is None:
            yield f"{digest.where}: there is no page {item.page!r} in a story {item.story!r}"
            continue
        if version.language != site.language:
            yield f"{digest.where}: {item.story}/{item.page} is {version.language}, {site.key} writes {site.language}"
        if plan.published >= digest.published:
            yield f"{digest.where}: {item.story}/{item.page} was published after the digest"
        yield from (f"{digest.where}: {item.story}/{item.page}: {line}" for line in keep_problems(item.keep, version))


def check_sentences(sources: Sources) -> Iterator[str]:
    """A sentence of two stories would make them one to any honest program."""
    first_seen: dict[str, str] = {}
    for story in sources.stories.values():
        for version in story.versions.values():
            for sentence in version.sentences:
                folded = re.sub(r"\W+", "", sentence).casefold()
                other = first_seen.setdefault(folded, story.where)
                if other != story.where:
                    yield f"{story.where}: this sentence stands in {other} too; write another: {sentence[:60]!r}"


def check_extras(sources: Sources) -> Iterator[str]:
    for extra in sources.extras:
        if extra.site not in sources.sites:
            yield f"{extra.where}: site = {extra.site!r} is no key of sites.toml"
    for again in sources.recrawls:
        story = sources.stories.get(again.story)
        plan = story.pages.get(again.page) if story else None
        if plan is None or plan.crawled is None or plan.crawled >= again.crawled:
            yield f"{again.where}: {again.story}/{again.page} is no page that was crawled before {again.crawled}"


def find_problems(sources: Sources) -> list[str]:
    """Every slip in files that could be read, in the order of the files."""
    problems: list[str] = []
    for story in sources.stories.values():
        problems += check_versions(story)
        for plan in story.pages.values():
            problems += check_page(story, plan, sources.sites)
        unused = sorted(set(story.versions) - {plan.version for plan in story.pages.values()})
        problems += [f"{story.where}: versions.{key} is on no page" for key in unused]
    for digest in sources.digests:
        problems += check_digest(digest, sources)
    problems += check_sentences(sources)
    problems += check_extras(sources)
    return problems
