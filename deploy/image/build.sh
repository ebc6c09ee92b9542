#!/bin/sh
# From a fresh clone to the folder that the image holds: set-up, build, and the runtime tree. The build stage of deploy/Dockerfile
# runs this and nothing else, so that it runs on any Debian 12 with the tools that CONTRIBUTING.md names.
#   deploy/image/build.sh cpu|cuda /opt/quartet
set -eu
accelerator=$1
target=$2
cd "$(dirname "$0")/../.."
export QUARTET_ACCELERATOR="$accelerator"
node tools/setup/main.mjs --build
node_modules/.bin/node deploy/image/assemble.mjs "$accelerator" "$target"
