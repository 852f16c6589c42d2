"""Credit risk of loan applications: a weight-of-evidence scorecard in PySpark.

Three functions for three kinds of jobs. Each reads and writes where the assets of its job say; none needs more than Spark.

    training   labelled applications            →  scorecard.json
    scoring    applications, scorecard          →  points and a decision for each application
    metrics    labelled applications, scorecard →  AUC, KS and approval rates as JSON

Without a scorecard among the model's assets the one below is used.
"""
import json
import math

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

# Where each feature is cut into bins: below the first, between two, from the last on.
CUTS = {
    "income": [25000.0, 40000.0, 60000.0],
    "debt_ratio": [0.2, 0.35, 0.5],
    "utilisation": [0.3, 0.6, 0.85],
    "delinquencies": [1.0, 2.0],
    "years_employed": [1.0, 4.0, 10.0],
}
SCORECARD = {
    "base": 600.0,
    "cutoff": 590.0,
    "points": {
        "income": [-18.0, -5.0, 6.0, 17.0],
        "debt_ratio": [16.0, 6.0, -7.0, -21.0],
        "utilisation": [15.0, 4.0, -6.0, -19.0],
        "delinquencies": [12.0, -9.0, -30.0],
        "years_employed": [-12.0, -3.0, 4.0, 10.0],
    },
}
POINTS_TO_DOUBLE_ODDS = 20.0
SCHEMA = ("application_id STRING, income DOUBLE, debt_ratio DOUBLE, utilisation DOUBLE, delinquencies INT, years_employed DOUBLE, region STRING")

SPARK = None


# modelop.init
def begin():
    global SPARK
    SPARK = SparkSession.builder.appName("credit-risk").getOrCreate()
    SPARK.conf.set("spark.sql.shuffle.partitions", "2")


# modelop.score
def score(external_inputs, external_outputs, external_model_assets):
    card = scorecard(external_model_assets)
    worst = f.udf(worst_feature)
    scored = with_points(read(external_inputs[0]), card)
    decided = scored.withColumn("decision", f.when(f.col("points") >= card["cutoff"], "APPROVE").otherwise("REVIEW"))
    result = decided.withColumn("reason", worst(*["points_" + name for name in CUTS]))
    result = result.select("application_id", f.round("points", 1).alias("points"), "decision", "reason")
    result.coalesce(1).write.mode("overwrite").option("header", "true").csv(external_outputs[0]["fileUrl"])
    counts = {row["decision"]: row["count"] for row in decided.groupBy("decision").count().collect()}
    print("scored %d applications: %d approved, %d to review" % (sum(counts.values()), counts.get("APPROVE", 0), counts.get("REVIEW", 0)))
    SPARK.stop()


# modelop.metrics
def metrics(external_inputs, external_outputs, external_model_assets):
    card = scorecard(external_model_assets)
    scored = with_points(read(external_inputs[0], ", defaulted INT"), card)
    rows = scored.select(f.round("points", 1).alias("points"), "defaulted", "region").collect()
    result = separation([(row["points"], row["defaulted"]) for row in rows])
    result["count"] = len(rows)
    result["default_rate"] = sum(row["defaulted"] for row in rows) / len(rows)
    result["approval_rate_by_region"] = [
        {"region": region, "rate": sum(points >= card["cutoff"] for points in group) / len(group)}
        for region, group in sorted(by_region(rows).items())]
    write_json(result, external_outputs[0]["fileUrl"])
    print("AUC %.3f, KS %.3f on %d applications" % (result["auc"], result["ks"], len(rows)))
    SPARK.stop()
    yield result


# modelop.train
def train(external_inputs, external_outputs, external_model_assets):
    labelled = read(external_inputs[0], ", defaulted INT").cache()
    totals = labelled.agg(f.count("*").alias("all"), f.sum("defaulted").alias("bad")).first()
    bad, good = totals["bad"], totals["all"] - totals["bad"]
    points = {}
    for name, cuts in CUTS.items():
        counted = labelled.groupBy(bin_of(name, cuts).alias("bin")).agg(f.count("*").alias("all"), f.sum("defaulted").alias("bad")).collect()
        seen = {row["bin"]: row for row in counted}
        points[name] = [evidence(seen.get(number), good, bad) for number in range(len(cuts) + 1)]
        print("%-15s %s" % (name, " ".join("%7.1f" % each for each in points[name])))
    write_json({"base": 600.0, "cutoff": SCORECARD["cutoff"], "points": points}, external_outputs[0]["fileUrl"])
    print("trained on %d applications, %d of them defaulted" % (totals["all"], bad))
    SPARK.stop()


def read(asset, more=""):
    return SPARK.read.csv(asset["fileUrl"], schema=SCHEMA + more, header=True)


def scorecard(assets):
    """The trained one where the job has it. Spark writes a text as a folder of parts: read back the same way."""
    for asset in assets:
        if asset["filename"].startswith("scorecard"):
            return json.loads("".join(row["value"] for row in SPARK.read.text(asset["fileUrl"]).collect()))
    return SCORECARD


def bin_of(name, cuts):
    """The number of a value's bin, as an expression."""
    number = f.lit(0)
    for cut in cuts:
        number = number + f.when(f.col(name) >= cut, 1).otherwise(0)
    return number


def with_points(frame, card):
    total = f.lit(card["base"])
    for name, cuts in CUTS.items():
        points = f.array(*[f.lit(each) for each in card["points"][name]])
        frame = frame.withColumn("points_" + name, points[bin_of(name, cuts)])
        total = total + f.col("points_" + name)
    return frame.withColumn("points", total)


def worst_feature(*points):
    """What costs an application most: the reason that its author is told."""
    lowest = min(points)
    return list(CUTS)[points.index(lowest)] if lowest < 0 else "none"


def evidence(row, good, bad):
    """Points of a bin: the logarithm of how much more good than bad is in it."""
    bad_here = (row["bad"] if row else 0) + 0.5
    good_here = (row["all"] - row["bad"] if row else 0) + 0.5
    return round(POINTS_TO_DOUBLE_ODDS / math.log(2) * math.log(good_here / (good + 1) * (bad + 1) / bad_here), 1)


def separation(pairs):
    """AUC and KS of points against defaults: how far the scorecard tells good from bad."""
    bad = sum(defaulted for _, defaulted in pairs)
    good = len(pairs) - bad
    seen_good = seen_bad = wins = 0.0
    ks = 0.0
    for points in sorted({points for points, _ in pairs}):
        here = [defaulted for each, defaulted in pairs if each == points]
        bad_here, good_here = sum(here), len(here) - sum(here)
        wins += good_here * (seen_bad + bad_here / 2.0)
        seen_good, seen_bad = seen_good + good_here, seen_bad + bad_here
        ks = max(ks, abs(seen_bad / bad - seen_good / good))
    return {"auc": wins / (good * bad), "ks": ks}


def by_region(rows):
    groups = {}
    for row in rows:
        groups.setdefault(row["region"], []).append(row["points"])
    return groups


def write_json(document, url):
    SPARK.createDataFrame([(json.dumps(document),)], ["value"]).coalesce(1).write.mode("overwrite").text(url)
