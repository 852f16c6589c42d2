package peer;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.operaton.bpm.engine.OptimisticLockingException;
import org.operaton.bpm.engine.ProcessEngine;
import org.operaton.bpm.engine.delegate.DelegateExecution;
import org.operaton.bpm.engine.delegate.JavaDelegate;
import org.operaton.bpm.engine.impl.cfg.StandaloneProcessEngineConfiguration;
import org.operaton.bpm.engine.impl.jobexecutor.DefaultJobExecutor;

/**
 * Runs processes of ten tasks, each its own durable transaction, on a PostgreSQL: by workers in this process that fetch external tasks, and by the job
 * executor with service tasks that are asynchronous. As our own measurement does, instances are started first, and what is measured is their running.
 *
 * <p>Operaton JDBC-URL INSTANCES WARM-UP-SECONDS prints for each kind `KIND INSTANCES-A-SECOND`.
 */
public final class Operaton {
  private static final int TASKS = 10;
  private static final int WORKERS = 4;
  private static final int FETCHED = 20;
  private static final int STARTERS = 4;
  private static final int JOBS_AT_ONCE = 32;
  private static final long LOCK_MS = 60_000;

  /** The work of a task: none. */
  public static final class Nothing implements JavaDelegate {
    @Override
    public void execute(DelegateExecution execution) {}
  }

  private final ProcessEngine engine;
  private final DefaultJobExecutor jobs;

  private Operaton(String url) {
    HikariConfig pool = new HikariConfig();
    pool.setJdbcUrl(url);
    pool.setMaximumPoolSize(2 * WORKERS + STARTERS);
    pool.setTransactionIsolation("TRANSACTION_READ_COMMITTED"); // the one it supports
    jobs = new DefaultJobExecutor();
    jobs.setCorePoolSize(WORKERS);
    jobs.setMaxPoolSize(WORKERS);
    jobs.setQueueSize(2 * JOBS_AT_ONCE);
    jobs.setMaxJobsPerAcquisition(JOBS_AT_ONCE);
    StandaloneProcessEngineConfiguration configuration = new StandaloneProcessEngineConfiguration();
    configuration.setDataSource(new HikariDataSource(pool));
    configuration.setDatabaseSchemaUpdate("true");
    configuration.setHistory("full");
    configuration.setJobExecutorActivate(false);
    configuration.setJobExecutor(jobs);
    engine = configuration.buildProcessEngine();
  }

  private void deploy(String key, String kind) {
    StringBuilder text = new StringBuilder("<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\" "
        + "targetNamespace=\"peer\"><process id=\"" + key + "\" isExecutable=\"true\" camunda:historyTimeToLive=\"180\"><startEvent id=\"s\"/>");
    String last = "s";
    for (int i = 0; i < TASKS; i++) {
      text.append("<sequenceFlow id=\"f" + i + "\" sourceRef=\"" + last + "\" targetRef=\"t" + i + "\"/><serviceTask id=\"t" + i + "\" " + kind + "/>");
      last = "t" + i;
    }
    text.append("<sequenceFlow id=\"f\" sourceRef=\"" + last + "\" targetRef=\"e\"/><endEvent id=\"e\"/></process></definitions>");
    engine.getRepositoryService().createDeployment().addString(key + ".bpmn", text.toString()).deploy();
  }

  private long running(String key) {
    return engine.getRuntimeService().createProcessInstanceQuery().processDefinitionKey(key).count();
  }

  private void start(String key, int instances) throws Exception {
    together(STARTERS, () -> {
      for (int i = 0; i < instances / STARTERS; i++) {
        engine.getRuntimeService().startProcessInstanceByKey(key);
      }
    });
  }

  private void work(String key) {
    String worker = Thread.currentThread().getName();
    while (running(key) > 0) {
      try {
        for (var task : engine.getExternalTaskService().fetchAndLock(FETCHED, worker).topic("t", LOCK_MS).execute()) {
          engine.getExternalTaskService().complete(task.getId(), worker);
        }
      } catch (OptimisticLockingException another) {
        continue; // a worker was faster
      }
    }
  }

  private double external(int instances) throws Exception {
    start("external", instances);
    long begun = System.nanoTime();
    together(WORKERS, () -> work("external"));
    return instances * 1e9 / (System.nanoTime() - begun);
  }

  private double asynchronous(int instances) throws Exception {
    start("async", instances);
    long begun = System.nanoTime();
    jobs.start();
    while (running("async") > 0) {
      Thread.sleep(5);
    }
    double rate = instances * 1e9 / (System.nanoTime() - begun);
    jobs.shutdown();
    return rate;
  }

  private static void together(int threads, Runnable work) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      all.add(pool.submit(work));
    }
    for (Future<?> one : all) {
      one.get();
    }
    pool.shutdown();
  }

  private interface Measured {
    double run(int instances) throws Exception;
  }

  /** The compiler of the JVM takes its time: what runs before WARM-UP is over does not count. */
  private static void print(String kind, Measured measured, int instances, double warmUp) throws Exception {
    for (long begun = System.nanoTime(); (System.nanoTime() - begun) / 1e9 < warmUp;) {
      measured.run(Math.max(STARTERS, instances / 4));
    }
    System.out.printf(Locale.ROOT, "%s %.2f%n", kind, measured.run(instances));
  }

  public static void main(String[] arguments) throws Exception {
    int instances = Integer.parseInt(arguments[1]);
    double warmUp = Double.parseDouble(arguments[2]);
    Operaton operaton = new Operaton(arguments[0]);
    operaton.deploy("external", "camunda:type=\"external\" camunda:topic=\"t\"");
    operaton.deploy("async", "camunda:class=\"peer.Operaton$Nothing\" camunda:asyncBefore=\"true\"");
    print("external", operaton::external, instances, warmUp);
    print("async", operaton::asynchronous, instances, warmUp);
    System.exit(0);
  }
}
