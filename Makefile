# The practices as recipes, in a container (build, run-*, shell) or without one (local-all). `make` names them.
# A folder with spaces needs quotes: make run-all PHOTOS='my photos' OUT="$HOME/my reports"
PHOTOS  = photos
OUT     = reports/practices
PRECLIP = two-towers:resnet-50,minilm,random
CLIP    = clip-vit-b-32
PYTHON  = python3

quoted  = '$(subst ','\'',$(1))'
photos := $(call quoted,$(PHOTOS))
out    := $(call quoted,$(OUT))
preclip = --encoder $(call quoted,$(PRECLIP))
clip    = --encoder $(call quoted,$(CLIP))
run     = PHOTOS=$(photos) OUT=$(out) docker compose run --rm
export USER_ID  := $(shell id -u)
export GROUP_ID := $(shell id -g)

# Left where a recipe made something, so that `clean` takes away that and nothing else.
MARK = .made-by-make

.PHONY: help build run-preclip run-clip run-compare run-all local-all shell clean
.NOTPARALLEL:
.DEFAULT_GOAL := help

# The photos are there; the folder of reports is, too, with a mark unless it has results from elsewhere.
define folders
@test -d $(photos) || { echo PHOTOS=$(photos): no such folder, name yours: make $@ PHOTOS=FOLDER >&2; exit 1; }
@mkdir -p $(out) && cd $(out) && { test -e rows || test -e scratch || touch $(MARK); }
endef

help: ## what can be made, and from what
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile
	@awk '/^[A-Z]+ += / && $$1 != "MARK" { print "  " $$0 }' Makefile

build: ## the image, from the Dockerfile
	docker compose build

run-preclip: ## measure PHOTOS with the encoder from before CLIP
	$(folders)
	$(run) mmgap compare-encoders /photos $(preclip) --out /reports

run-clip: ## measure PHOTOS with CLIP
	$(folders)
	$(run) mmgap compare-encoders /photos $(clip) --out /reports

run-compare: ## compare both on PHOTOS; what was measured before is taken as it is
	$(folders)
	$(run) mmgap compare-encoders /photos $(preclip) $(clip) --out /reports

run-all: build run-preclip run-clip run-compare ## the image, both encoders one by one, the comparison

local-all: ## the comparison without a container, in .venv
	$(folders)
	@test -e .venv || { mkdir .venv && touch .venv/$(MARK); }
	test -x .venv/bin/mmgap || { $(PYTHON) -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e '.[dev]'; }
	.venv/bin/mmgap compare-encoders $(photos) $(preclip) $(clip) --out $(out)

shell: ## a shell in the container, at the code: pytest benchmarks --reports /reports
	$(folders)
	$(run) --workdir /app --entrypoint bash mmgap

clean: ## image, container caches, reports and .venv, as far as these recipes made them
	if docker info >/dev/null 2>&1; then docker compose down --rmi all --volumes; fi
	if test -e $(out)/$(MARK); then rm -rf $(out)/rows $(out)/scratch $(out)/$(MARK); rmdir $(out) || true; fi
	if test -e .venv/$(MARK); then rm -rf .venv; fi
