# One line a target; the work is in scripts/. `make help` lists them. ARGS="…" is handed on where it makes sense.
CRATERCTL = dotnet run --project src/Crater.Cli --no-build --
.DEFAULT_GOAL := help
.PHONY: k8s-install-litmus k8s-deploy-sock-shop demo test e2e bench bench-advice leaktest lint format build publish install image coverage clean help inventory suggest dev-test docker-build docker-run

demo: build ; @$(CRATERCTL) demo $(ARGS)                                                ## the whole flow on the sample application, in a lab on this machine
test: ; @scripts/test.sh Crater.Tests $(ARGS)                                           ## unit, property, simulation and architecture tests
e2e: ; @scripts/test.sh Crater.EndToEnd.Tests $(ARGS)                                   ## tests with real processes; what is missing is named and skipped
bench: ; @scripts/sdk.sh && dotnet run -c Release --project tests/Crater.Benchmarks -- $(ARGS) ## what the README claims, measured
bench-advice: ; @scripts/bench-advice.sh $(ARGS)                                        ## how good the advice is, static and in the lab: docs/benchmarks/advice.md; ARGS=--static for minutes, --quick for the rules alone
leaktest: ; @scripts/leaktest.sh $(or $(N),10000)                                       ## kills craterd's processes N times at every step, and looks whether anything is left; N=10000
lint: ; @scripts/lint.sh                                                                ## white space, analyzers as errors, shell scripts
format: ; @scripts/sdk.sh && dotnet format whitespace Crater.slnx                       ## put white space right
build: ; @scripts/sdk.sh && dotnet build Crater.slnx -v q --nologo                      ## everything, in Debug
publish: ; @scripts/publish.sh $(RID)                                                   ## dist/craterctl as one file, dist/chaos, and dist/shop; RID=linux-arm64 … for another machine
install: publish ; @scripts/install.sh                                                  ## dist/ into PREFIX, by default ~/.local
image: ; @scripts/try-image.sh && scripts/images.sh && scripts/image.sh                 ## images with bills of materials: server, craterctl, agent (dist/images), one to try, and the shop; BASE_IMAGE=local without a registry
coverage: ; @scripts/coverage.sh                                                        ## line coverage of the unit tests
clean: ; @rm -rf dist artifacts TestResults && find . -type d \( -name bin -o -name obj \) -not -path './.git/*' -prune -exec rm -rf {} + ## what was built
help: ; @sed -n 's/^\([a-z0-9-]*\):.*## */\1|/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r name what; do printf '  %-13s %s\n' "$$name" "$$what"; done ## this list

inventory: build ; @$(CRATERCTL) inventory $(ARGS)                                      ## what runs, and what depends on what
suggest: build ; @$(CRATERCTL) suggest $(ARGS)                                          ## what is worth breaking, and why
k8s-install-litmus: ; @scripts/k8s.sh install-litmus $(ARGS)                            ## LitmusChaos into the cluster of KUBE_CONTEXT, from its makers; ARGS=--print only says how
k8s-deploy-sock-shop: ; @scripts/k8s.sh deploy-sock-shop $(ARGS)                        ## the upstream Sock Shop likewise
dev-test: coverage                                                                      ## the tests with coverage
docker-build: image                                                                     ## the same as image
docker-run: ; @scripts/image.sh run $(or $(ROLE),catalogue-db)                          ## one role of the shop in a container: ROLE=catalogue-db
