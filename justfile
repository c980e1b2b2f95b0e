# Short names, one line each; what takes more is a program. `cargo install just` brings `just`; `just --list` shows this.

# What each edge feature costs per request: writes reports/tax
tax *ARGS:
    cargo experiment tax {{ARGS}}

# Which way of picking replicas is for which fleet, in the simulator: writes reports/balance
balance *ARGS:
    cargo experiment balance {{ARGS}}

# Whether a sick upstream hurts its neighbours, in both worlds: writes reports/containment
containment *ARGS:
    cargo experiment containment {{ARGS}}

# Whether a gateway can be stopped without anyone noticing, in both worlds: writes reports/drain
drain *ARGS:
    cargo experiment drain {{ARGS}}

# What a hedge buys and what it costs, in the simulator: writes reports/hedge
hedge *ARGS:
    cargo experiment hedge {{ARGS}}

# Who comes at once when a dead upstream is back, in both worlds: writes reports/herd
herd *ARGS:
    cargo experiment herd {{ARGS}}

# The same load through other proxies and through this gateway: writes reports/peers
peers *ARGS:
    cargo experiment peers {{ARGS}}

# What keeping connections to the upstream open is worth: writes reports/reuse
reuse *ARGS:
    cargo experiment reuse {{ARGS}}

# What is served at twice the capacity, in both worlds: writes reports/overload
overload *ARGS:
    cargo experiment overload {{ARGS}}

# Whether a config swap is invisible, in both worlds: writes reports/reload
reload *ARGS:
    cargo experiment reload {{ARGS}}

# How retries amplify an outage, and who recovers, in both worlds: writes reports/retry-storm
retry-storm *ARGS:
    cargo experiment retry-storm {{ARGS}}

# The most that the gateway carries, and what holds it there: writes reports/ceiling
ceiling *ARGS:
    cargo experiment ceiling {{ARGS}}

# Whether 5 % is 5 %, and what a mirror costs, dead or alive: writes reports/canary
canary *ARGS:
    cargo experiment canary {{ARGS}}

# Every experiment, one after the other
all *ARGS:
    cargo experiment all {{ARGS}}

# What became of the figures that can be compared, run by run: writes reports/trend
trend *ARGS:
    cargo experiment trend {{ARGS}}

# The experiments and their questions
list:
    cargo experiment list

# Every report drawn again from its data, with no new run
render *ARGS:
    cargo experiment render {{ARGS}}

# A scenario of the simulator from a seed, such as `just sim retry-storm 7`
sim NAME SEED *ARGS:
    cargo run --release -p sim -- run {{NAME}} --seed {{SEED}} {{ARGS}}

# The upstream slows at constant load: no retries, naive ones, idempotent ones, a budget, a breaker
sim-retry-storm SEED="1" *ARGS:
    cargo run --release -p sim -- run retry-storm --seed {{SEED}} {{ARGS}}

# One of three replicas crashes and comes back while clients retry
sim-crash SEED="1" *ARGS:
    cargo run --release -p sim -- run crash --seed {{SEED}} {{ARGS}}

# One replica slows to seconds, and its neighbours must not feel it
sim-slow-upstream SEED="1" *ARGS:
    cargo run --release -p sim -- run slow-upstream --seed {{SEED}} {{ARGS}}

# One of two upstreams falls sick; without a breaker, and with one
sim-containment SEED="1" *ARGS:
    cargo run --release -p sim -- run containment --seed {{SEED}} {{ARGS}}

# Another config comes and goes under load, and nobody notices
sim-reload SEED="1" *ARGS:
    cargo run --release -p sim -- run reload --seed {{SEED}} {{ARGS}}

# A gateway is stopped with requests in hand, and another takes its place
sim-drain SEED="1" *ARGS:
    cargo run --release -p sim -- run drain --seed {{SEED}} {{ARGS}}

# One of many answers is slow: what a hedge cuts, and what it costs
sim-hedge SEED="1" *ARGS:
    cargo run --release -p sim -- run hedge --seed {{SEED}} {{ARGS}}

# A dead upstream comes back to those who wait for it: no waits, waits, a budget, a breaker; and one cold replica
sim-herd SEED="1" *ARGS:
    cargo run --release -p sim -- run herd --seed {{SEED}} {{ARGS}}

# Load up above the capacity and down again: no retries, naive ones, a budget and a breaker
sim-hysteresis SEED="1" *ARGS:
    cargo run --release -p sim -- run hysteresis --seed {{SEED}} {{ARGS}}

# Twice the load that an upstream can take: no bound, a fixed limit, an adaptive one; and half of it
sim-overload SEED="1" *ARGS:
    cargo run --release -p sim -- run overload --seed {{SEED}} {{ARGS}}

# Each way of picking a replica on each kind of fleet
sim-balance SEED="1" *ARGS:
    cargo run --release -p sim -- run balance --seed {{SEED}} {{ARGS}}

# Everything from the seed: topology, policies, load, faults
sim-swarm SEED="1" *ARGS:
    cargo run --release -p sim -- run swarm --seed {{SEED}} {{ARGS}}

# Many seeds of a scenario on all cores, such as `just sweep swarm 0..200`
sweep NAME="swarm" SEEDS="0..100" *ARGS:
    cargo run --release -p sim -- sweep {{NAME}} --seeds {{SEEDS}} {{ARGS}}

# A trace or replay file again, or a scenario from a seed twice: `just replay swarm --seed 7`
replay *ARGS:
    cargo run --release -p sim -- replay {{ARGS}}

# The smallest plan and load that still fail: `just shrink swarm --seed 34 --plant retry-post`
shrink *ARGS:
    cargo run --release -p sim -- shrink {{ARGS}}

# One trace per seed, in any process and build; every planted bug is caught
selfcheck *ARGS:
    cargo run --release -p sim -- selfcheck {{ARGS}}

# The load generator, such as `just load http://127.0.0.1:8080/ -R 1000 -d 10s`
load *ARGS:
    cargo run --release -p loadgen -- {{ARGS}}

# Every test
test *ARGS:
    cargo test --workspace {{ARGS}}

# A fuzz target, such as `just fuzz chunked 600` (needs a C++ compiler)
fuzz TARGET SECONDS="600":
    fuzz/run {{TARGET}} -max_total_time={{SECONDS}}

# Instructions of http1's parts and of finding a route, against the committed tables; `just bench --bless` writes them anew
bench *ARGS:
    cargo bench -p http1 -p gateway --bench instructions --profile dist -- {{ARGS}}

# The house rules that neither compiler nor linter knows
tidy:
    cargo test -p experiments --test tidy

# Lints, as strict as CI has them
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Formatting
fmt:
    cargo fmt --all

# Documentation of our own crates, opened in a browser
doc:
    cargo doc --workspace --no-deps --open

# Every kind of drawing in one page, to be looked at
gallery DIR="target/gallery":
    cargo run -p charts --example gallery {{DIR}}

# Everything that CI checks
ci:
    .ci/run
