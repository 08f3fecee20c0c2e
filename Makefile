# Everything a developer or an operator does. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SHARED ?= ../shared
export ZHIDA_SHARED ?= $(SHARED)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help

help:  ## 列出全部命令 · list all commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: $(READY)  ## 建立虚拟环境并安装依赖 · virtual environment with the pinned packages

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo '需要 Python 3.11 或更高版本（可用 make PYTHON=python3.12 指定）'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

demo: setup  ## 一条命令看到主流程 · the main job, once, from nothing
	$(BIN)/zhida demo

run: setup  ## 在前台启动整套服务（含模拟服务商）· the whole service with simulators
	$(BIN)/zhida up --demo

test: setup  ## 全部测试 · all tests
	$(BIN)/pytest -n 2 --dist worksteal

chaos: setup  ## 进程被杀、服务器崩溃时的投递（2 万条） · delivery under fire, in full
	ZHIDA_CHAOS_MESSAGES=20000 $(BIN)/pytest tests/chaos -m chaos -s

lint: setup  ## 格式、类型与导入方向 · format, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

coverage: setup  ## 测试并核对必须全覆盖的部分 · tests with the branches that must all be covered
	$(BIN)/coverage erase
	$(BIN)/pytest -n 2 --dist worksteal --cov --cov-report=
	$(BIN)/coverage report
	$(BIN)/coverage report --fail-under=100 --include='matcher/rules.py,core/privacy.py,workers/claims.py,workers/settling.py'

check: lint coverage  ## CI 运行的全部检查 · exactly what CI runs

evaluate: setup  ## 在标注数据上评估读懂的准确度 · scores of the reader on labelled data
	$(BIN)/python -m matcher.evaluation --shared $(SHARED) --out docs/evaluation.md

lock: setup  ## 重新锁定依赖版本 · pin the packages anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra dev -o requirements.lock pyproject.toml

clean:  ## 删除虚拟环境与运行数据 · remove what was made
	rm -rf $(VENV) var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.PHONY: help setup demo run test chaos lint coverage check evaluate lock clean
