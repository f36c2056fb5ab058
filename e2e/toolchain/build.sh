#!/usr/bin/env bash
# Builds real Kubernetes binaries from released Go modules into a cache outside the source tree.
#
#   build.sh [NAME ...]          builds what is missing; without names those the end-to-end tests need
#   build.sh --paths [NAME ...]  only prints one line NAME=PATH per binary and builds nothing
#
# Environment: VK_TOOLCHAIN_CACHE (root of the cache), KUBE_BIN (a directory whose binaries are used instead).
# Versions come from the go.mod files beside this script. Progress goes to stderr, paths to stdout.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
default_names=(kube-apiserver kube-scheduler kube-controller-manager kubectl etcd kube-apiserver-1.34 kubectl-1.34 metrics-server client-go exposition)

fail() {
  printf 'toolchain: %s\n' "$*" >&2
  exit 1
}

say() {
  printf 'toolchain: %s\n' "$*" >&2
}

# The wrapper module (a folder beside this script) that builds a binary.
module_of() {
  case "$1" in
    kube-apiserver | kube-scheduler | kube-controller-manager | kubectl) echo kubernetes ;;
    kube-apiserver-1.34 | kubectl-1.34) echo kubernetes-1.34 ;;
    kubectl-1.29) echo kubernetes-1.29 ;;
    etcd | kwok | metrics-server | metrics-server-0.[678] | client-go | exposition | kubelet-server) echo "$1" ;;
    *) fail "unknown binary '$1'; known are ${default_names[*]} kubectl-1.29 kwok kubelet-server metrics-server-0.6 metrics-server-0.7 metrics-server-0.8" ;;
  esac
}

# The Go module whose version names the folder in the cache.
upstream_of() {
  case "$1" in
    kubernetes | kubernetes-1.* | kubelet-server) echo k8s.io/kubernetes ;;
    client-go) echo k8s.io/client-go ;;
    exposition) echo github.com/prometheus/prometheus ;;
    metrics-server | metrics-server-0.*) echo sigs.k8s.io/metrics-server ;;
    etcd) echo go.etcd.io/etcd/server/v3 ;;
    kwok) echo sigs.k8s.io/kwok ;;
  esac
}

package_of() {
  case "$1" in
    etcd) echo go.etcd.io/etcd/server/v3 ;;
    kwok) echo sigs.k8s.io/kwok/cmd/kwok ;;
    metrics-server | metrics-server-0.*) echo sigs.k8s.io/metrics-server/cmd/metrics-server ;;
    client-go | exposition | kubelet-server) echo . ;;
    *-1.*) echo "k8s.io/kubernetes/cmd/${1%-1.*}" ;;
    *) echo "k8s.io/kubernetes/cmd/$1" ;;
  esac
}

version_of() {
  awk -v path="$(upstream_of "$1")" \
    '$1 == "require" && $2 == path { print substr($3, 2); exit } $1 == path { print substr($2, 2); exit }' \
    "$here/$1/go.mod"
}

# What tells one build of a module from another: the version, and where the program is ours its source.
build_of() {
  [[ -f "$here/$1/main.go" ]] || { version_of "$1"; return; }
  echo "$(version_of "$1")-$(cat "$here/$1"/*.go "$here/$1"/go.* | cksum | cut -d ' ' -f 1)"
}

platform() {
  local os arch
  os="$(uname -s | tr '[:upper:]' '[:lower:]')"
  arch="$(uname -m)"
  case "$arch" in
    x86_64) arch=amd64 ;;
    aarch64) arch=arm64 ;;
  esac
  echo "$os-$arch"
}

cache="${VK_TOOLCHAIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtual-kubelet/toolchain}/$(platform)"

path_of() {
  local module
  if [[ -n "${KUBE_BIN:-}" && -x "$KUBE_BIN/$1" ]]; then
    echo "$KUBE_BIN/$1"
    return
  fi
  module="$(module_of "$1")"
  echo "$cache/${module%-[0-9].*}-$(build_of "$module")/${1%-[0-9].*}"
}

# A Kubernetes component without these stamps calls itself v0.0.0-master, and clients that look at versions misbehave.
ldflags_of() {
  local version="$2" major minor base=k8s.io/component-base/version
  [[ "$1" == kubernetes* ]] || { echo '-s -w'; return; }
  IFS=. read -r major minor _ <<<"$version"
  echo "-s -w -X $base.gitVersion=v$version -X $base.gitMajor=$major -X $base.gitMinor=$minor -X $base.gitTreeState=clean"
}

# True when dotted version $1 is at least $2.
at_least() {
  [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]
}

# Go from 1.21 on fetches the toolchain that go.mod asks for, unless GOTOOLCHAIN=local forbids it.
check_go() {
  local need have
  need="$(awk '$1 == "go" { print $2 }' "$here/$1/go.mod")"
  command -v go >/dev/null ||
    fail "Go is not installed. Install Go $need or newer (https://go.dev/dl/), or point KUBE_BIN at a directory with the binaries."
  have="$(GOTOOLCHAIN=local go env GOVERSION)"
  have="${have#go}"
  at_least "${have%%[- ]*}" "$need" && return
  if [[ "$(go env GOTOOLCHAIN)" == local ]] || ! at_least "$have" 1.21; then
    fail "Go $have is too old: $1 needs $need. Install a newer Go (https://go.dev/dl/), or set GOTOOLCHAIN=auto."
  fi
}

# Two runs must not build the same thing twice. The lock only saves time: results appear by rename, so losing it is harmless.
lock="$cache/.lock"
take_lock() {
  local owner told=
  mkdir -p "$cache"
  until mkdir "$lock" 2>/dev/null; do
    owner="$(cat "$lock/pid" 2>/dev/null || true)"
    if [[ -n "$owner" ]] && ! kill -0 "$owner" 2>/dev/null; then
      rm -rf "$lock"
      continue
    fi
    [[ -n "$told" ]] || say "waiting for another build (pid ${owner:-unknown})"
    told=1
    sleep 1
  done
  echo "$$" >"$lock/pid"
  trap 'rm -rf "$lock" "$cache"/*/*.tmp.$$' EXIT
}

build() {
  local name="$1" module version target started=$SECONDS
  module="$(module_of "$name")"
  version="$(version_of "$module")"
  target="$(path_of "$name")"
  if [[ -x "$target" ]]; then
    say "$name $version is built"
    return
  fi
  check_go "$module"
  say "building $name $version"
  mkdir -p "$(dirname "$target")"
  (cd "$here/$module" && CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOWORK=off go build -mod=readonly -trimpath \
    -ldflags "$(ldflags_of "$module" "$version")" -o "$target.tmp.$$" "$(package_of "$name")")
  mv "$target.tmp.$$" "$target"
  say "built $name $version in $((SECONDS - started)) s"
}

main() {
  local paths_only= name missing=
  if [[ "${1:-}" == --paths ]]; then
    paths_only=1
    shift
  fi
  local names=("$@")
  [[ ${#names[@]} -gt 0 ]] || names=("${default_names[@]}")
  for name in "${names[@]}"; do
    module_of "$name" >/dev/null
    [[ -x "$(path_of "$name")" ]] || missing=1
    [[ -z "$paths_only" ]] || echo "$name=$(path_of "$name")"
  done
  [[ -z "$paths_only" ]] || return 0
  if [[ -n "$missing" ]]; then
    take_lock
    for name in "${names[@]}"; do build "$name"; done
  fi
  echo "$cache"
}

main "$@"
