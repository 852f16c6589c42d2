"""Models as people write them, for the tests of the driver."""

# A session of its own with its own name, a function of the module sent to executors, output, stopped.
SESSION = """
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

def shout(text):
    return text.upper() + SUFFIX

SUFFIX = "!"

# modelop.score
def score(external_inputs, external_outputs, external_model_assets):
    spark = SparkSession.builder.appName("my own name").getOrCreate()
    frame = spark.createDataFrame([("a",), ("b",)], ["text"])
    print("NAME", spark.sparkContext.appName, spark.sparkContext.applicationId)
    frame.select(udf(shout)("text").alias("text")).write.mode("overwrite").csv(external_outputs[0]["fileUrl"])
    spark.stop()
"""

# The same without SQL, which costs a cluster in the tests seconds; it reads a file that lies beside it.
OF_CLUSTERS = """
from pyspark import SparkContext
from features.shouting import shout

def end(text):
    return text + SUFFIX

SUFFIX = "!"

def score(external_inputs, external_outputs, external_model_assets):
    sc = SparkContext(appName="my own name")
    print("APP", sc.applicationId, open("data/cuts.csv").read())
    sc.parallelize(["a", "b"], 1).map(shout).map(end).saveAsTextFile(external_outputs[0]["fileUrl"])
"""

# A session opened when the module is imported and never stopped.
AT_IMPORT = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()

def twice(n):
    return [n, n]

def score(external_inputs, external_outputs, external_model_assets):
    print("COUNT", spark.sparkContext.parallelize(range(5), 1).flatMap(twice).count(), spark.sparkContext.applicationId)
"""

# Case 2.
OLD_STYLE = """
from pyspark import SparkConf, SparkContext
def score(i, o, m):
    sc = SparkContext(conf=SparkConf().setAppName("old-style"))
    print("SUM", sc.parallelize(range(10)).sum())
    sc.stop()
"""

OWN_MASTER = """
from pyspark import SparkContext
def score(i, o, m):
    sc = SparkContext("local", "x")
    print("SUM", sc.parallelize(range(10)).sum())
    sc.stop()
"""

# The refusal is caught by the model; it stays one.
CAUGHT_MASTER = """
from pyspark.sql import SparkSession
def score(i, o, m):
    try:
        SparkSession.builder.master("local[2]").getOrCreate()
    except Exception as error:
        print("CAUGHT", type(error).__name__)
"""

TWO_IN_A_ROW = """
from pyspark.sql import SparkSession
def score(i, o, m):
    for n in (1, 2):
        spark = SparkSession.builder.getOrCreate()
        print("APP", spark.sparkContext.applicationId)
        spark.stop()
        import time; time.sleep(0.01)  # ids of local mode are milliseconds
"""

FAILING_TASK = """
from pyspark.sql import SparkSession
def score(i, o, m):
    sc = SparkSession.builder.getOrCreate().sparkContext
    sc.parallelize([1]).map(lambda n: n // 0).collect()
"""

ROWS = """
from pyspark.sql import Row, SparkSession
def metrics(i, o, m):
    spark = SparkSession.builder.getOrCreate()
    frame = spark.createDataFrame([Row(name="a", ks=0.5), Row(name="b", ks=float("nan"))])
    for row in frame.collect():
        yield row
    yield frame
"""

NO_SESSION = """
def metrics(i, o, m):
    return {"auc": 0.7}
"""

JVM_STAYS = {"spark.submit.callSystemExitOnMainExit": "false"}  # for a model such as the next: an end of it is left to Spark otherwise
# Case 1: a thread of the JVM that nothing ends.
KEEPALIVE = """
from pyspark.sql import SparkSession
def score(i, o, m):
    spark = SparkSession.builder.getOrCreate()
    timer = spark._jvm.java.util.Timer("keepalive")
    print("COUNT", spark.range(5).count(), spark.sparkContext.applicationId)
    spark.stop()
"""
