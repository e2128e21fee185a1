# The commands of this repository; `make` alone prints them.
.DEFAULT_GOAL := help
.PHONY: help setup worker test demo check format docs

help: ## Print this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r name text; \
	    do printf '%-12s  %s\n' "$$name" "$$text"; done

setup: ## Fetch the native libraries into .deps; quick when they are there
	@Scripts/setup.sh

worker: ## Fetch the Python packages of workers (Meta-World, importers) into .worker; quick when they are there
	@Scripts/setup_worker.sh

test: setup ## Set up, then build and run all tests
	@rm -f .build/tests-swift-testing.xml
	@# Tests run side by side: threads that spin while they wait would hold each other up.
	GOMP_SPINCOUNT=5000 swift test --xunit-output .build/tests.xml

demo: setup ## Set up, build, then collect data, train, evaluate and write a report (minutes)
	swift build -c release --product m3dt
	.build/release/m3dt demo

check: ## Run the checks that need no build: format, layering, documentation, text
	@Scripts/checks/all.sh

format: ## Format all Swift files in place
	@git ls-files -z --cached --others --exclude-standard -- '*.swift' | \
	    xargs -0 swift format format --in-place --parallel --configuration .swift-format

docs: setup ## Build the documentation of the library into .build/docs
	@Scripts/docs.sh
