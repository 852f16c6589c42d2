# shellcheck shell=bash
# The peers that no Debian package holds: two versions of Spark from PyPI, the daemons of Hadoop from Maven. Each is installed once, in build/peers.

peers=build/peers

setup_peers() {
  setup_spark 3.5
  setup_spark 4.3
  setup_hadoop
}

# setup_spark VERSION: pyspark is the whole of Spark, jars included; each version in an environment of its own.
setup_spark() {
  local version=$1 pinned=tests/peers/spark/$1.txt home=$peers/spark-$1 hash
  hash=$(fingerprint "$pinned")
  done_before "spark-$version" "$hash" && [[ -x $home/bin/spark-submit ]] && return
  rm -rf "$home"
  step "spark $version: make $home" /usr/bin/python3 -m venv "$home"
  step "spark $version: install pyspark" "$home/bin/python" -m pip install -q --disable-pip-version-check -r "$pinned"
  remember "spark-$version" "$hash"
}

setup_hadoop() {
  local pom=tests/peers/hadoop/pom.xml lib=$peers/hadoop/lib hash
  hash=$(fingerprint "$pom")
  done_before hadoop "$hash" && [[ -d $lib ]] && return
  rm -rf "$lib"
  step 'hadoop: take the daemons from Maven' mvn -B -q -f "$pom" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$PWD/$lib"
  remember hadoop "$hash"
}
