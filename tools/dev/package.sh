# shellcheck shell=bash
# `./dev package`: one tree that runs on any x86-64 Linux with a kernel from 3.2 on, with a loader and libraries of its own; as a tarball and as a container image.

packages=build/packages

package() {
  local version; version=$(sed -n 's/^project(slipway VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
  rm -rf "$packages"; mkdir -p "$packages"
  step 'collect what runs' package_tree "$packages/slipway-$version"
  step 'tarball' package_tarball "slipway-$version" "$packages/slipway-$version-linux-x86_64.tar.gz"
  step 'container image' package_image "$packages/slipway-$version" "$version"
  du -h "$packages"/*.tar*
}

# package_tree FOLDER
package_tree() {
  local tree=$1 library
  mkdir -p "$tree/bin" "$tree/lib" "$tree/share/doc" "$tree/share/systemd"
  install -s -m 0755 build/release/bin/slipway build/release/bin/slipway-jobd "$tree/lib/"
  install -s -m 0755 build/release/bin/slipway-launcher "$tree/bin/slipway"
  ldd build/release/bin/slipway | awk '$3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
    install -m 0644 "$(readlink -f "$library")" "$tree/lib/$(basename "$library")"
  done
  chmod 0755 "$tree/lib/ld-linux-x86-64.so.2"
  cp -r docs/*.md docs/examples CHANGELOG.md "$tree/share/doc/"
  cp packaging/*.service packaging/*.conf packaging/slipway.yaml packaging/spark-runtime.yaml packaging/eks.yaml "$tree/share/systemd/"
}

# Twice the same bytes from the same commit.
package_tarball() {
  tar -C "$packages" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" -cf - "$1" | gzip -6n >"$2"
}

# package_image TREE VERSION: no daemon, no base image, no shell; an ordinary user, and /var/lib/slipway as the one place that is written.
package_image() {
  local tree=$1 version=$2 root=$packages/root layout=$packages/oci
  mkdir -p "$root/opt" "$root/etc/ssl/certs" "$root/etc/slipway" "$root/var/lib/slipway" "$root/tmp" "$root/proc"
  cp -a "$tree" "$root/opt/slipway"
  rm -r "$root/opt/slipway/share"
  install -m 0644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  printf 'root:x:0:0::/:\nslipway:x:10001:10001::/var/lib/slipway:\n' >"$root/etc/passwd"
  printf 'root:x:0:\nslipway:x:10001:\n' >"$root/etc/group"
  printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
  chmod 1777 "$root/tmp" "$root/var/lib/slipway"
  umoci init --layout "$layout"
  umoci new --image "$layout:$version"
  umoci insert --rootless --image "$layout:$version" "$root" /
  umoci config --image "$layout:$version" --config.user 10001:10001 --config.workingdir /var/lib/slipway --config.volume /var/lib/slipway \
    --config.exposedports 8080 --config.entrypoint /opt/slipway/bin/slipway --config.cmd serve \
    --config.env PATH=/opt/slipway/bin --config.env SLIPWAY_DATA_DIR=/var/lib/slipway --config.env SLIPWAY_SERVER__LISTEN=0.0.0.0:8080 \
    --config.label org.opencontainers.image.title=slipway --config.label "org.opencontainers.image.version=$version"
  skopeo copy --quiet "oci:$layout:$version" "docker-archive:$packages/slipway-$version-image.tar:slipway:$version"
  rm -rf "$root"
}
