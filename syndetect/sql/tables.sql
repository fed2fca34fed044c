-- The tables of a store. Each comment says what a row is; docs/schema.md is made from them.

-- a fact about the store itself: version, settings that shape it
CREATE TABLE meta (key VARCHAR, value VARCHAR);

-- a run that changed the store, with its report
CREATE TABLE run (run_id BIGINT, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ, report JSON);

-- an input file that was read, and as what; fault says why it could not be read to its end. passed_over counts records
-- that hold no page, by what they are; columns are those that play each role, best first; mapping is what the user set of
-- them when the file was read; stamp is what a server says of the version of a remote file, or `stream` for what came
-- through a pipe and can't be opened again
CREATE TABLE input_file (
    path VARCHAR, sha256 VARCHAR, n_records BIGINT, n_rejected BIGINT, read_at TIMESTAMPTZ, fault VARCHAR, format VARCHAR,
    passed_over JSON, columns JSON, mapping JSON, page_bytes BIGINT, stamp VARCHAR
);

-- a record of an input that could not be used
CREATE TABLE rejected_record (path VARCHAR, record UINTEGER, reason VARCHAR);

-- a fetch of a page: every address and moment it was seen at, the newest text among them stands in document; path and
-- record are NULL when the file was read again since. same_key is set, and doc_id NULL, for a fetch that brought no text
-- but word that it is the one fetched before, at the address of that key
CREATE TABLE sighting (
    url_key VARCHAR, url VARCHAR, site VARCHAR, crawled_at TIMESTAMPTZ, doc_id UBIGINT, path VARCHAR, record UINTEGER,
    same_key VARCHAR
);

-- a document: the newest text at one address
CREATE TABLE document (
    doc_id UBIGINT, path VARCHAR, record UINTEGER, url VARCHAR, url_key VARCHAR, site VARCHAR, crawled_at TIMESTAMPTZ,
    title VARCHAR, page_text VARCHAR, language VARCHAR, kind VARCHAR, site_name VARCHAR, canonical VARCHAR,
    based_on VARCHAR[], links VARCHAR[], images VARCHAR[],
    alternates STRUCT(language VARCHAR, url VARCHAR)[], stated_times STRUCT(source VARCHAR, value VARCHAR)[],
    first_crawled_at TIMESTAMPTZ, last_crawled_at TIMESTAMPTZ, also_at VARCHAR[]
);

-- an earlier text of a page, as it was fetched last; the columns are those of document
CREATE TABLE version AS SELECT * FROM document WHERE false;

-- the interval a document can have been published in, and what said so
CREATE TABLE publication (
    doc_id UBIGINT, published_at TIMESTAMPTZ, published_from TIMESTAMPTZ, published_to TIMESTAMPTZ,
    published_by VARCHAR, published_day DATE
);

-- something a document says of itself: where it is from, what it cites, who wrote it
CREATE TABLE claim (
    doc_id UBIGINT, kind VARCHAR, value VARCHAR, site VARCHAR, time_from TIMESTAMPTZ, time_to TIMESTAMPTZ,
    zone_known BOOLEAN, span_start INTEGER, span_end INTEGER, rule VARCHAR
);

-- a line that a site repeats on pages that tell different things
CREATE TABLE site_line (site VARCHAR, line_key UBIGINT, n_pages UINTEGER);

-- the text of a document that is matched: its page without boilerplate and credit lines; text_key hashes its words and
-- is NULL where they are too few, or the page is no article; site is the one whose boilerplate was taken out; n_hidden
-- counts invisible characters inside words, which matching ignores
CREATE TABLE story_text (
    doc_id UBIGINT, site VARCHAR, text VARCHAR, n_words INTEGER, kind VARCHAR, text_key UBIGINT, n_hidden INTEGER
);

-- a text that was signed, whatever number of documents have it; its number stands for it in the tables of keys
CREATE TABLE signed_text (text_no UINTEGER, text_key UBIGINT, n_fingerprints UINTEGER);

-- a band of the MinHash signature of a text, as 32 bits; rows are appended sorted by band and key
CREATE TABLE band_key (band USMALLINT, key UINTEGER, text_no UINTEGER);

-- a shingle kept of a text, as 40 bits, to find passages by; rows are appended sorted by key
CREATE TABLE fingerprint (key UBIGINT, text_no UINTEGER);

-- a bucket of keys of which not all pairs were taken: over the limit, and so compared with its n_hubs earliest texts
-- only; or (way template) of one site, whose texts give no pairs through it
CREATE TABLE band_skipped (way VARCHAR, key UBIGINT, n_documents UINTEGER, n_hubs UINTEGER);

-- how many of the documents compared across languages have a mark, by language (as CLDR files it); marks of two and more
CREATE TABLE anchor_key (key UBIGINT, language VARCHAR, n_documents UINTEGER);

-- a document that stands for its copies in the comparison across languages
CREATE TABLE anchor_page (
    doc_id UBIGINT, language VARCHAR, published_from TIMESTAMPTZ, published_to TIMESTAMPTZ
);

-- the vector of the beginning of a text, as float16 numbers of length 1 in a row; meta names the model, and how many
-- numbers it gives, under `embeddings`
CREATE TABLE embedding (text_hash UBIGINT, vector BLOB);

-- a mark, or a joint one of two that stand side by side, on so many pages that some page could not follow it to the
-- others, having rarer ones to follow
CREATE TABLE anchor_skipped (key UBIGINT, joint BOOLEAN, n_documents UINTEGER);

-- a document and another one of the store that it names by its exact address, and how: canonical, based-on, alternate (its
-- own list of translations), attribution (the address in a line that names a source, or the one link to a site that such a
-- line names) or link. left_out says why the two are not compared for this alone
CREATE TABLE named_page (doc_id UBIGINT, named_id UBIGINT, said VARCHAR, left_out VARCHAR);

-- two documents worth comparing, and how many keys of either kind they were seen to share, none where one of them only
-- names the other by its address; template marks two pages of a site that share its template and next to nothing else
CREATE TABLE candidate_pair (
    left_id UBIGINT, right_id UBIGINT, n_bands UINTEGER, n_fingerprints UINTEGER, template BOOLEAN,
    CHECK (left_id < right_id)
);

-- two documents compared on their full texts, whatever the outcome
CREATE TABLE judged_pair (
    left_id UBIGINT, right_id UBIGINT, judgement VARCHAR, relation VARCHAR, similarity DOUBLE,
    left_containment DOUBLE, right_containment DOUBLE, evidence JSON, CHECK (left_id < right_id)
);

-- what a person said of two pages or of the source of one (word: same, different, parent, origin), by the keys of their
-- addresses; of parent key_b is NULL where parent_site is the host of an unseen source. Rows stay for good: state is counts,
-- overridden (by a later word that says otherwise) or withdrawn
CREATE TABLE judgement (
    said_id BIGINT, word VARCHAR, key_a VARCHAR, key_b VARCHAR, url_a VARCHAR, url_b VARCHAR, parent_site VARCHAR,
    said_by VARCHAR, said_at TIMESTAMPTZ, note VARCHAR, state VARCHAR, withdrawn_by VARCHAR, withdrawn_at TIMESTAMPTZ
);

-- a pair as it was judged where a person's word has changed it; judgement is NULL if it was not compared at all
CREATE TABLE overruled_pair AS SELECT * FROM judged_pair WHERE false;

-- the groups of a document where a person's word has changed them
CREATE TABLE overruled_group (doc_id UBIGINT, copies_id UBIGINT, story_id UBIGINT);

-- a page that a person said something of that puts it into a story, whatever its kind
CREATE TABLE said_page (doc_id UBIGINT);

-- where a person said that a page was taken from; of an origin parent_id and parent_site are NULL
CREATE TABLE said_parent (
    doc_id UBIGINT, parent_id UBIGINT, parent_site VARCHAR, words VARCHAR, said_by VARCHAR, said_at TIMESTAMPTZ,
    note VARCHAR
);

-- two documents that stand for their groups of copies, over which a story was joined across languages
CREATE TABLE story_link (left_id UBIGINT, right_id UBIGINT, similarity DOUBLE);

-- a document and the earliest one of its group of copies in one language
CREATE TABLE copy_group (doc_id UBIGINT, group_id UBIGINT);

-- a document and the earliest one of its story
CREATE TABLE story_group (doc_id UBIGINT, group_id UBIGINT);

-- a document of a story
CREATE TABLE story_document (story_id VARCHAR, doc_id UBIGINT);

-- a document of a story and the first by id of those with the same text, whole or edited, in any language; a document that
-- shares only a part of its text with another has a text of its own
CREATE TABLE same_text (doc_id UBIGINT, text_id UBIGINT);

-- where a document of a story was taken from; one row a document
CREATE TABLE provenance_edge (
    doc_id UBIGINT, parent_id UBIGINT, parent_site VARCHAR, named_url VARCHAR, relation VARCHAR, confidence DOUBLE,
    evidence JSON, CHECK (confidence BETWEEN 0 AND 1), CHECK (parent_id <> doc_id)
);

-- a story with too many pages for each to be held against each, or to count each among its trees; pairs left out
CREATE TABLE provenance_skipped (story_id VARCHAR, n_pages BIGINT, n_pairs_skipped BIGINT);
