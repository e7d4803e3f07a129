#!/usr/bin/env bash
# Builds the servers that no package of this machine's has, for npm run test:real. Minutes each.
# usage: checks/servers/build.sh consul|eureka…   (consul: Go 1.23 or newer; eureka: Java 17, Maven)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
CONSUL=v1.20.6

# Its go.mod replaces five of its own modules by folders that are not in the module's archive: the
# published versions of them, which it also names, are taken instead.
consul() {
  local folder
  folder=$(mktemp -d)
  # shellcheck disable=SC2064 # the name is gone by then, the folder is not
  trap "rm -rf '$folder'" EXIT
  local from
  from=$(cd "$folder" && go mod download -json "github.com/hashicorp/consul@$CONSUL" | sed -n 's/.*"Dir": "\(.*\)",/\1/p')
  [ -f "$from/go.mod" ] || { echo "the sources of consul $CONSUL are not where Go says they are" >&2; return 1; }
  cp -r "$from/." "$folder" && chmod -R u+w "$folder"
  for one in api envoyextensions proto-public sdk troubleshoot; do
    (cd "$folder" && go mod edit -dropreplace "github.com/hashicorp/consul/$one")
  done
  mkdir -p bin
  (cd "$folder" && CGO_ENABLED=0 go build -mod=mod -buildvcs=false -trimpath -ldflags '-s -w' -o consul .)
  mv "$folder/consul" bin/consul
}

eureka() {
  (cd eureka && mvn -B -q package)
}

for server in "$@"; do
  case $server in
    consul | eureka) "$server" ;;
    *) sed -n 3p "$(basename "${BASH_SOURCE[0]}")" >&2; exit 2 ;;
  esac
done
