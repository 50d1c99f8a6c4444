# `make` alone lists the targets. Each works on a fresh machine with Python >= 3.11 (with venv), make and git.
.DEFAULT_GOAL := help
.PHONY: help setup run test test-long check bench accessibility screens lock clean setup-test permissions

# Thousands of small databases: in memory where there is a gigabyte for them, else wherever the machine says.
SHM := $(shell [ -w /dev/shm ] && [ "$$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 {print $$4}')" -gt 1000000 ] && echo /dev/shm)
PYTEST = TMPDIR=$${TMPDIR:-$(SHM)} .venv/bin/python -m pytest
UV_COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

help: ## この一覧 (this list)
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile | expand -t 20

setup: ## .venv を作る、または直す (make or repair .venv)
	@requirements/install.sh run

setup-test:
	@requirements/install.sh test
	@requirements/programs.sh

run: setup ## 見本のサイトを動かす。Ctrl-C で止まる (run the demonstration)
	@JOBBOARD_DEMO=1 exec .venv/bin/jobboard run

test: setup-test ## すべての試験。ARGS="-k 言葉" で絞れる (the whole suite)
	@$(PYTEST) -n 2 --dist loadgroup $(ARGS)

test-long: setup-test ## 長い試験: 強制終了の繰り返しなど (kill matrices, long fuzz)
	@$(PYTEST) -m "long or other_database" $(ARGS)

check: setup-test ## 書式、型、テンプレート (linters and types)
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/djlint --quiet --lint templates

bench: setup-test ## 速さを測って表示する (print the figures)
	@for name in board searching matching mailing figures collecting; do .venv/bin/python -m benchmarks.$$name || exit 1; done

accessibility: setup-test ## 公開ページをaxeで調べ、結果を /accessibility のために残す (axe, kept for the page)
	@ACCESSIBILITY_RESULTS=jobboard/reference/accessibility.json $(PYTEST) tests/browser/test_axe_sweep.py $(ARGS)

screens: setup-test ## docs/screens.md の画面を撮り直す (pictures for the documents)
	@.venv/bin/python -m tests.browser.screens

permissions: setup-test ## docs/permissions.md を規則とアドレスから書き直す (the table of permissions, written anew)
	@.venv/bin/python -m tests.permission_table

lock: ## 版を固定し直す。uv が要る (lock versions anew, needs uv)
	@command -v uv >/dev/null || { echo "uv が要ります: https://docs.astral.sh/uv/ (uv is needed)"; exit 1; }
	$(UV_COMPILE) $(ARGS) pyproject.toml requirements/run.in --output-file requirements/run.txt
	$(UV_COMPILE) $(ARGS) pyproject.toml requirements/test.in --output-file requirements/test.txt

clean: ## .venv と作業用の控えを消す。instance/ は残す (keeps instance/)
	rm -rf .venv .venv.lock build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results
	find jobboard migrations tests benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
