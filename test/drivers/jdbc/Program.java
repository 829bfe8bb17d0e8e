import com.zaxxer.hikari.HikariDataSource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarFile;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** pgjdbc with HikariCP: what every driver's program says and does; see drivers.ts. */
class Program {
  static final int CLIENTS = 12, STATEMENTS = 50, WORKERS = 4;
  static final String RUN = System.getenv("RUN");
  static final String INSERT = "insert into driver_rows (run, worker, number) values (?, ?, ?)";
  static final HikariDataSource pool = open("JDBC_DATABASE_URL");
  static final HikariDataSource readers = open("JDBC_DATABASE_READ_URL");

  static HikariDataSource open(String variable) {
    HikariDataSource source = new HikariDataSource();
    source.setJdbcUrl(System.getenv(variable));
    source.setUsername(System.getenv("PGUSER"));
    source.setPassword(System.getenv("PGPASSWORD"));
    return source;
  }

  static List<Object> row(Connection connection, String sql, Object... values) throws Exception {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int at = 0; at < values.length; at++) statement.setObject(at + 1, values[at]);
      List<Object> row = new ArrayList<>();
      if (!statement.execute()) return row;
      ResultSet results = statement.getResultSet();
      results.next();
      for (int at = 1; at <= results.getMetaData().getColumnCount(); at++) row.add(results.getObject(at));
      return row;
    }
  }

  static List<Object> row(HikariDataSource source, String sql, Object... values) throws Exception {
    try (Connection connection = source.getConnection()) {
      return row(connection, sql, values);
    }
  }

  static String expect(List<Object> seen, Object... wanted) {
    if (!seen.equals(List.of(wanted))) throw new AssertionError("got " + seen + ", not " + List.of(wanted));
    return null;
  }

  static String connect() throws Exception {
    expect(row(pool, "select current_user::text"), "app");
    String jar = HikariDataSource.class.getProtectionDomain().getCodeSource().getLocation().toURI().getPath();
    String version = new JarFile(jar).getManifest().getMainAttributes().getValue("Bundle-Version");
    return "pgjdbc " + org.postgresql.util.DriverInfo.DRIVER_VERSION + ", HikariCP " + version;
  }

  static String statements() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    List<Future<String>> clients = new ArrayList<>();
    for (int number = 0; number < CLIENTS; number++) {
      int own = number;
      clients.add(threads.submit(() -> {
        for (int turn = 0; turn < STATEMENTS; turn++) {
          int sent = own * STATEMENTS + turn;
          String text = "text " + own + " " + turn;
          if (own % 2 == 0) expect(row(pool, "select ?::int, ?::text", sent, text), sent, text);
          else expect(row(pool, "select ?::text, ?::int", text, sent), text, sent);
        }
        return null;
      }));
    }
    threads.shutdown();
    for (Future<String> client : clients) client.get();
    return null;
  }

  static String transaction() throws Exception {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      row(connection, INSERT, RUN, -1, 1);
      connection.commit();
      row(connection, INSERT, RUN, -1, 2);
      connection.rollback();
    }
    return expect(row(pool, "select count(*) from driver_rows where run = ? and worker = -1", RUN), 1L);
  }

  static String set() throws Exception {
    try (Connection connection = pool.getConnection()) {
      row(connection, "set application_name = 'mine'");
      return expect(row(connection, "show application_name"), "mine");
    }
  }

  static String lock() throws Exception {
    try (Connection one = pool.getConnection(); Connection other = pool.getConnection()) {
      row(one, "select pg_advisory_lock(7)");
      expect(row(other, "select pg_try_advisory_lock(7)"), false);
      row(one, "select pg_advisory_unlock(7)");
      return expect(row(other, "select pg_try_advisory_lock(7), pg_advisory_unlock(7)"), true, true);
    }
  }

  static String listen() throws Exception {
    try (Connection connection = DriverManager.getConnection(
        System.getenv("JDBC_DATABASE_URL"), System.getenv("PGUSER"), System.getenv("PGPASSWORD"))) {
      row(connection, "listen news");
      row(pool, "select 1 from pg_notify('news', 'one')");
      PGNotification[] heard = connection.unwrap(PGConnection.class).getNotifications(5000);
      return expect(List.of(heard.length, heard[0].getParameter()), 1, "one");
    }
  }

  static String read() throws Exception {
    return (String) row(readers, "select host(inet_server_addr())").get(0);
  }

  static String quote(String text) {
    return '"' + text.lines().findFirst().orElse("").replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\p{Cntrl}", " ") + '"';
  }

  /** Prints the line; returns whether the work succeeded. */
  static boolean say(String name, Callable<String> work) {
    String end;
    boolean succeeded = false;
    try {
      String answer = work.call();
      succeeded = true;
      end = answer == null ? "" : ", \"answer\": " + quote(answer);
    } catch (Throwable error) {
      end = ", \"error\": " + quote(error.getClass().getSimpleName() + ": " + error.getMessage());
    }
    synchronized (Program.class) {
      System.out.println("{" + name + end + "}");
    }
    return succeeded;
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("check")) {
      Map<String, Callable<String>> checks = new LinkedHashMap<>();
      checks.put("connect", Program::connect);
      checks.put("statements", Program::statements);
      checks.put("transaction", Program::transaction);
      checks.put("set", Program::set);
      checks.put("lock", Program::lock);
      checks.put("listen", Program::listen);
      checks.put("tls", () -> expect(row(pool, "select ssl from pg_stat_ssl where pid = pg_backend_pid()"), true));
      checks.put("read", Program::read);
      checks.forEach((name, work) -> say("\"check\": " + quote(name), work));
      System.exit(0);
    }
    for (int number = 0; number < WORKERS; number++) {
      int own = number;
      new Thread(() -> {
        for (int turn = 1; ; turn++) {
          int sent = turn;
          Callable<String> write = () -> {
            row(pool, INSERT, RUN, own, sent);
            return null;
          };
          boolean succeeded = say("\"worker\": " + own + ", \"number\": " + turn, arguments[0].equals("write") ? write : Program::read);
          try {
            Thread.sleep(succeeded ? 20 : 100);
          } catch (InterruptedException error) {
            return;
          }
        }
      }).start();
    }
    new BufferedReader(new InputStreamReader(System.in)).readLine();
    // Whoever is in the middle of something has a second for it.
    Thread.sleep(1000);
    System.exit(0);
  }
}
