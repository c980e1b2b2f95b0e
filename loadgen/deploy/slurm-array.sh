#!/bin/bash
# One run on four machines, as a Slurm array: task K takes shard K of one schedule (`--shard auto` reads the array's
# index and size). How to start it and to collect the results: "Many machines" in loadgen/README.md.
#SBATCH --job-name=loadgen
#SBATCH --array=0-3
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --exclusive
#SBATCH --no-requeue
#SBATCH --time=00:15:00
#SBATCH --output=loadgen-%A-%a.log
set -euo pipefail

# rate and connections are those of the whole run; a task that Slurm starts after START_AT exits 2 and measures nothing
srun loadgen "${TARGET:?the URL}" --rate 40000 --duration 2m --warmup 20s --connections 1024 --preconnect \
    --seed 7 --shard auto --start-at "${START_AT:?a time, such as seconds since 1970}" \
    --format json --output "loadgen-$SLURM_ARRAY_JOB_ID-$SLURM_ARRAY_TASK_ID.json" --quiet --allow-invalid
