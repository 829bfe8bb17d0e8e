# ActiveRecord with pg: what every driver's program says and does; see drivers.ts.
require "active_record"
require "json"

CLIENTS, STATEMENTS, WORKERS = 12, 50, 4
RUN = ENV.fetch("RUN")
$stdout.sync = true

# Two databases, as Rails' own guide has them.
class Row < ActiveRecord::Base
  self.table_name = "driver_rows"
  establish_connection(ENV.fetch("DATABASE_URL"))
end

class Reader < ActiveRecord::Base
  self.abstract_class = true
  establish_connection(ENV.fetch("DATABASE_READ_URL"))
end

class Direct < ActiveRecord::Base
  self.abstract_class = true
  establish_connection(ENV.fetch("DATABASE_DIRECT_URL"))
end

TLS = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"

def attempt
  { answer: yield }.compact
rescue StandardError => error
  { error: "#{error.class}: #{error.message.lines.first.to_s.strip}" }
end

def expect(seen, wanted)
  raise "got #{seen.inspect}, not #{wanted.inspect}" unless seen == wanted
end

# As in a request: the connection goes back to the pool at the end.
def with(model = Row, &work)
  model.connection_pool.with_connection(&work)
end

def value(sql, model = Row)
  with(model) { |connection| connection.select_value(sql) }
end

def ask(way, number, text)
  names = way.zero? ? ["$1::int as number, $2::text as text", [number, text]] : ["$2::int as number, $1::text as text", [text, number]]
  with { |connection| connection.exec_query("select #{names[0]}", "ask", names[1], prepare: true).rows.first }
end

CHECKS = {
  connect: lambda do
    expect(value("select current_user"), "app")
    "ActiveRecord #{ActiveRecord.version}, pg #{PG::VERSION}"
  end,
  statements: lambda do
    clients = Array.new(CLIENTS) do |own|
      Thread.new do
        attempt do
          STATEMENTS.times do |turn|
            number, text = own * STATEMENTS + turn, "text #{own} #{turn}"
            expect(ask(own % 2, number, text), [number, text])
          end
          nil
        end
      end
    end
    failed = clients.map(&:value).filter_map { |result| result[:error] }
    raise "#{failed.size} of #{CLIENTS} clients: #{failed.first}" if failed.any?
  end,
  transaction: lambda do
    Row.transaction { Row.create!(run: RUN, worker: -1, number: 1) }
    Row.transaction do
      Row.create!(run: RUN, worker: -1, number: 2)
      raise ActiveRecord::Rollback
    end
    expect(Row.where(run: RUN, worker: -1).count, 1)
  end,
  set: lambda do
    with do |connection|
      connection.execute("set application_name = 'mine'")
      expect(connection.select_value("show application_name"), "mine")
    end
  end,
  lock: lambda do
    with do |one|
      expect(one.get_advisory_lock(7), true)
      other = -> { Thread.new { with { |connection| [connection.get_advisory_lock(7), connection.release_advisory_lock(7)].first } }.value }
      expect(other.call, false)
      one.release_advisory_lock(7)
      expect(other.call, true)
    end
    nil
  end,
  listen: lambda do
    with do |connection|
      connection.execute("listen news")
      Thread.new { value("select 1 from pg_notify('news', 'one')") }.join
      heard = nil
      connection.raw_connection.wait_for_notify(5) { |_, _, payload| heard = payload }
      connection.execute("unlisten news")
      expect(heard, "one")
    end
  end,
  tls: -> { expect(value(TLS), true) },
  direct: -> { expect(value(TLS, Direct), true) },
  read: -> { value("select host(inet_server_addr())", Reader) }
}.freeze

if ARGV[0] == "check"
  CHECKS.each { |check, work| puts({ check: check, **attempt(&work) }.to_json) }
  exit
end

WORKERS.times do |own|
  Thread.new do
    (1..).each do |number|
      result = attempt do
        next value("select host(inet_server_addr())", Reader) if ARGV[0] == "read"

        with { Row.create!(run: RUN, worker: own, number: number) }
        nil
      end
      $stdout.write("#{{ worker: own, number: number, **result }.to_json}\n")
      sleep(result.key?(:error) ? 0.1 : 0.02)
    end
  end
end
$stdin.gets
# Whoever is in the middle of something has a second for it.
sleep 1
exit!
