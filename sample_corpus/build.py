"""Makes crawl.warc.gz, crawl.jsonl.gz, crawl.parquet and truth.jsonl from sites.toml, stories/*.toml and extras.toml.

    python sample_corpus/build.py                              write them beside this file
    python sample_corpus/build.py --check                      only tell what is wrong in the source files
    python sample_corpus/build.py --stories DIR --out DIR      with other stories, to another place

The same sources give the same bytes: there is no clock in it, and no chance but hashes of ids. (Another zlib or polars
may pack the same content in other bytes.)
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from checks import find_problems
from dumps import crawls_of, write_jsonl, write_parquet, write_truth, write_warc
from furniture import read_furniture
from pages import Document, make_documents
from render import Renderer
from sources import Sources, read_sources
from tables import CorpusError

HERE = Path(__file__).resolve().parent


def load(stories: Path) -> Sources:
    """The sources, if all is well with them.

    Raises:
        CorpusError: one line a slip.
    """
    sources, problems = read_sources(HERE / "sites.toml", stories, HERE / "extras.toml")
    problems += find_problems(sources)
    if problems:
        raise CorpusError("\n".join(problems))
    return sources


def write_all(sources: Sources, out: Path) -> list[Document]:
    furniture = read_furniture(HERE / "furniture.toml")
    documents = make_documents(sources, furniture)
    crawls = crawls_of(documents)
    out.mkdir(parents=True, exist_ok=True)
    write_warc(out / "crawl.warc.gz", crawls, Renderer(HERE / "layouts", furniture, documents))
    write_jsonl(out / "crawl.jsonl.gz", crawls, furniture)
    write_parquet(out / "crawl.parquet", crawls)
    write_truth(out / "truth.jsonl", documents)
    return documents


def totals(documents: list[Document]) -> str:
    """One line: stories of several crawled pages, pages, sites, languages."""
    crawled = [document for document in documents if document.crawls]
    sizes = Counter(document.story for document in crawled)
    several = sum(size > 1 for size in sizes.values())
    sites = {document.site.key for document in crawled}
    languages = {document.site.language for document in crawled}
    fetches = sum(len(document.crawls) for document in crawled)
    return (
        f"{several} stories of several pages, {len(crawled)} crawled pages ({fetches} fetches, "
        f"{len(documents) - len(crawled)} pages not crawled), {len(sites)} sites, {len(languages)} languages"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stories", type=Path, default=HERE / "stories", help="folder of the story files")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the four files")
    parser.add_argument("--check", action="store_true", help="write nothing, only tell what is wrong in the sources")
    arguments = parser.parse_args()
    try:
        sources = load(arguments.stories)
        if arguments.check:
            return 0
        print(totals(write_all(sources, arguments.out)))
    except CorpusError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
