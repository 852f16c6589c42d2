# shellcheck shell=bash
# The peers that no Debian package holds: two versions of Spark from PyPI, the daemons of Hadoop, an Eureka server and Keycloak from Maven. Each is installed
# once, in build/peers.

peers=build/peers

setup_peers() {
  setup_spark 3.5
  setup_spark 4.3
  setup_hadoop
  setup_eureka
  setup_keycloak
}

# setup_spark VERSION: pyspark is the whole of Spark, jars included; each version in an environment of its own.
setup_spark() {
  local version=$1 pinned=tests/peers/spark/$1.txt home=$peers/spark-$1 hash
  hash=$(fingerprint "$pinned" tests/peers/spark/warm_up.py)
  done_before "spark-$version" "$hash" && [[ -x $home/bin/spark-submit ]] && return
  rm -rf "$home"
  step "spark $version: make $home" /usr/bin/python3 -m venv "$home"
  step "spark $version: install pyspark" "$home/bin/python" -m pip install -q --disable-pip-version-check -r "$pinned"
  step "spark $version: archive its classes" archive_classes "$PWD/$home"
  remember "spark-$version" "$hash"
}

# archive_classes HOME: the JVMs of the tests map the classes that this job has loaded instead of reading and checking them again: half the
# processor time of each start.
archive_classes() {
  local home=$1 scratch; scratch=$(mktemp -d)
  env -u SPARK_HOME PYSPARK_PYTHON="$home/bin/python" SPARK_LOCAL_IP=127.0.0.1 JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64 \
    "$home/bin/spark-submit" --master 'local[1]' --driver-memory 512m --conf spark.ui.enabled=false \
    --driver-java-options "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ArchiveClassesAtExit=$home/classes.jsa" \
    tests/peers/spark/warm_up.py "$scratch/out"
  rm -rf "$scratch"
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

# setup_eureka: one jar, built from a class of ours that starts the server of Spring Cloud.
setup_eureka() {
  local source=tests/peers/eureka jar=$peers/eureka/eureka.jar hash
  hash=$(fingerprint "$source/pom.xml" "$source/src/main/java/peer/Eureka.java")
  done_before eureka "$hash" && [[ -f $jar ]] && return
  mkdir -p "$peers/eureka"
  step 'eureka: build the server from Maven' build_eureka "$source" "$PWD/$jar"
  remember eureka "$hash"
}

# build_eureka SOURCE JAR: Maven writes beside its pom, so it works on a copy.
build_eureka() {
  local scratch; scratch=$(mktemp -d)
  cp -r "$1/." "$scratch"
  mvn -B -q -f "$scratch/pom.xml" package
  mv "$scratch/target/eureka.jar" "$2"
  rm -rf "$scratch"
}

# setup_keycloak: its own build step is done here once, so that each start is a third as long. tests/sandbox/keycloak.py runs copies of it.
setup_keycloak() {
  local pinned=tests/peers/keycloak/version.txt home=$peers/keycloak version hash
  version=$(<"$pinned")
  hash=$(fingerprint "$pinned")
  done_before keycloak "$hash" && [[ -x $home/bin/kc.sh ]] && return
  rm -rf "$home" "$home".new
  step "keycloak $version: take it from Maven" mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    "-Dartifact=org.keycloak:keycloak-quarkus-dist:$version:zip" "-DoutputDirectory=$PWD/$home.new"
  step "keycloak $version: unpack" unzip -q "$home.new/keycloak-quarkus-dist-$version.zip" -d "$home.new"
  step "keycloak $version: build" env JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64 "$home.new/keycloak-$version/bin/kc.sh" build --db=dev-file
  mv "$home.new/keycloak-$version" "$home"
  rm -rf "$home".new
  remember keycloak "$hash"
}
