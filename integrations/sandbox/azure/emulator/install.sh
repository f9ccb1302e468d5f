#!/bin/sh
# Puts Azurite into .azurite/ of this checkout, at the versions and with the hashes of package-lock.json; does nothing
# when that is done already. Where it is not possible the sandbox and the tests say so: here it is no failure.
set -eu
cd "$(dirname "$0")"
place=../../../../.azurite
if cmp -s package-lock.json "$place/installed"; then exit 0; fi
if ! command -v npm >/dev/null; then
    echo "Azurite is not installed: it needs Node and npm (Debian: apt install nodejs npm)." >&2
    exit 0
fi
echo "Installing Azurite with npm ..." >&2
rm -rf "$place"
mkdir "$place"
cp package.json package-lock.json "$place"
cd "$place"
if npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error --cache "$PWD/cache"; then
    rm -rf cache
    mv package-lock.json installed
else
    echo "Azurite could not be installed; npm's own words stand above." >&2
fi
