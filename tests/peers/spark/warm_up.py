"""A job that touches what jobs of the tests touch, so that the classes it loads can be archived for them."""
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, count, udf

folder = sys.argv[1]
spark = SparkSession.builder.getOrCreate()
frame = spark.createDataFrame([("a", 1.0), ("b", 2.0)], ["name", "value"])
frame.coalesce(1).write.mode("overwrite").option("header", "true").csv(folder)
again = spark.read.csv(folder, schema="name STRING, value DOUBLE", header=True)
again.select(udf(lambda text: text * 2)("name"), "value").collect()
again.groupBy("name").agg(count("*")).filter(col("name") > "a").collect()
spark.sparkContext.parallelize(range(3), 1).map(lambda n: n).saveAsTextFile(folder + "/text")
spark.stop()
