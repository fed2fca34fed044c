# Two commands do everything: `make demo` and `make test`. Each makes the environment first, in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
SAMPLE := sample_corpus/crawl.warc.gz
DEMO_STORE := build/sample.duckdb
DEMO_PAGE := https://jisr-translate.example/437019.html

.PHONY: demo test lint sample bench bench-peers clean

demo: $(VENV)/.installed
	@mkdir -p build
	@rm -f $(DEMO_STORE)
	$(BIN)/syndetect run $(SAMPLE) --store $(DEMO_STORE)
	$(BIN)/syndetect trace $(DEMO_PAGE) --store $(DEMO_STORE)

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: $(VENV)/.installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The dumps of the sample corpus and its truth, from the stories written by hand.
sample: $(VENV)/.installed-test
	$(BIN)/python sample_corpus/build.py

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/whole_run.py
	$(BIN)/python benchmarks/quality.py sample_corpus/crawl.warc.gz sample_corpus/truth.jsonl

# Copies within a language, beside the tools one would use instead.
bench-peers: $(VENV)/.installed $(PEERS)/.installed
	$(BIN)/python benchmarks/near_duplicates.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check "pytest>=9.2" "pytest-xdist>=3.8" "hypothesis>=6.170" \
		"fsspec>=2026.9" "aiohttp>=3.14" "s3fs>=2026.9" "moto[s3]>=5.2" "flask>=3.1" "flask-cors>=6.0" \
		"faiss-cpu>=1.15" "onnxruntime>=1.32" "safetensors>=0.8" "tokenizers>=0.23" "model2vec>=0.10"
	@touch $@

$(VENV)/.installed-lint: $(VENV)/.installed-test
	$(BIN)/pip install --quiet --disable-pip-version-check "ruff>=0.17" "mypy>=2.4"
	@touch $@

# daft needs an older pyarrow than syndetect does, so peers have an environment of their own.
$(PEERS)/.installed: benchmarks/peers.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check --requirement benchmarks/peers.txt
	@touch $@

clean:
	rm -rf build $(VENV) $(PEERS)
