//! What `--help` ends with.

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  1 000 requests/s for 30 s, arriving as independent users would, 5 s of warm-up before:
    loadgen http://127.0.0.1:8080/api -R 1000 -d 35s --warmup 5s
  The same as a gate in CI: exit 3 when the target is too slow or errs:
    loadgen http://host/api -R 1000 -d 30s --slo 'p99<50ms' --slo 'errors<0.1%'
  A result with everything in it, and pictures; the seed repeats the same arrivals:
    loadgen http://host/ -R 500 -d 1m --seed 7 --format json -o run.json --html run.html
  Up a ramp and down again, over HTTP/2:
    loadgen https://host/ --http2 --schedule '0s:100, 30s:1000, step 1000x60s, 2m:100' -d 2m
  A different item each time, the popular ones more often; a token for each user:
    loadgen 'http://host/items/{{zipf 1000 1.1}}' -R 200 -H 'Authorization: Bearer {{token}}' --tokens tokens.txt
  As fast as it goes, the way wrk does it:
    loadgen http://127.0.0.1:8080/ --closed -c 64 -d 10s

Exit codes:
  0    measured, the generator did what it planned, and every level asked for was kept
  1    could not run: name not found, file not writable, no runtime
  2    wrong usage; all that is wrong is listed
  3    a service level was broken (see --slo)
  4    INVALID: measured, but the generator did not do what it planned (see --allow-invalid); beats 3
  130  interrupted by a signal; what was measured until then is printed";
