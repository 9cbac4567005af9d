#!/bin/sh
# Makes the manual pages and the completions of the package: pages.sh BINARY FOLDER
set -eu
binary=$1
folder=$2
rm -rf "$folder/man"
mkdir -p "$folder/man"
"$binary" man "$folder/man"
"$binary" completions bash > "$folder/likewise.bash"
"$binary" completions zsh > "$folder/_likewise"
