#!/usr/bin/env bash
# Builds what a release consists of into dist/: archives for five platforms, packages for
# Debian and RPM, a bill of materials for each binary, and checksums of all. The same
# commit gives the same bytes: times are the commit's, paths and build ids are left out.
#
#   PLATFORMS="linux/amd64" DIST=/tmp/dist VERSION=1.2.3 deploy/release.sh
#
# ALLOW_DIRTY=1 builds from a tree with changes, for a try.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${BIN:-$PWD/bin}
dist=${DIST:-$PWD/dist}
commit=$(git rev-parse HEAD)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
date=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
if [ -z "${VERSION:-}" ]; then
	if tag=$(git describe --tags --exact-match 2>/dev/null); then
		VERSION=${tag#v}
	else
		VERSION=0.0.0-dev.$(git log -1 --format=%cd --date=format:%Y%m%d).${commit:0:12}
	fi
fi
if [ -n "$(git status --porcelain)" ]; then
	echo "release: the working tree has changes, which a release must not have; commit or stash them" >&2
	[ -n "${ALLOW_DIRTY:-}" ] || exit 1
fi

version=github.com/prometheus/common/version
ldflags="-s -w -buildid= -X $version.Version=$VERSION -X $version.Revision=$commit -X $version.BuildDate=$date"
rm -rf "$dist"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
common=$stage/common
mkdir -p "$dist" "$common"

build() { # OS ARCH FILE
	CGO_ENABLED=0 GOOS=$1 GOARCH=$2 go build -trimpath -buildvcs=false -ldflags "$ldflags" -o "$3" ./cmd/headgate
}

build "$(go env GOOS)" "$(go env GOARCH)" "$stage/host"
"$stage/host" man >"$common/headgate.1"
gzip -9n <"$common/headgate.1" >"$common/headgate.1.gz"
for shell in bash zsh fish; do
	"$stage/host" completion "$shell" >"$common/headgate.$shell"
done

# What is in an archive beside the binary.
extras() { # FOLDER
	cp LICENSE README.md CHANGELOG.md "$common/headgate.1" "$1/"
	mkdir -p "$1/completion" "$1/systemd"
	cp "$common"/headgate.{bash,zsh,fish} "$1/completion/"
	cp deploy/systemd/* examples/headgate.yml "$1/systemd/"
}

for platform in ${PLATFORMS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64}; do
	os=${platform%/*} arch=${platform#*/} suffix=
	[ "$os" = windows ] && suffix=.exe
	name=headgate-$VERSION.$os-$arch
	folder=$stage/$name
	mkdir -p "$folder"
	echo "release: $name"
	build "$os" "$arch" "$folder/headgate$suffix"
	"$bin/cyclonedx-gomod" bin -json -noserial -output "$dist/$name.cdx.json" "$folder/headgate$suffix" 2>/dev/null
	sed -i "s/\"timestamp\": \"[^\"]*\"/\"timestamp\": \"$date\"/" "$dist/$name.cdx.json"
	if [ "$os" = linux ]; then
		export STAGE=$folder COMMON=$common PACKAGE_ARCH=$arch PACKAGE_VERSION=${VERSION//-/\~}
		for format in deb rpm; do
			"$bin/nfpm" package --config deploy/package/nfpm.yaml --packager "$format" --target "$dist/headgate-$VERSION.$os-$arch.$format" | sed "s/^/release: /"
		done
	fi
	extras "$folder"
	tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u+rw,go=rX -C "$stage" -cf - "$name" |
		gzip -9n >"$dist/$name.tar.gz"
done

(cd "$dist" && sha256sum -- * >SHA256SUMS)
echo "release: $(wc -l <"$dist/SHA256SUMS") files and SHA256SUMS in ${dist#"$PWD"/}"
