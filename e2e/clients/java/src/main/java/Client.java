import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.exporter.pushgateway.Format;
import io.prometheus.metrics.exporter.pushgateway.PushGateway;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** Pushes, adds and deletes with the official Java client: Client text|protobuf URL JOB. */
public class Client {
  public static void main(String[] args) throws Exception {
    PrometheusRegistry registry = new PrometheusRegistry();
    Counter done =
        Counter.builder().name("e2e_done_total").help("What was done.").labelNames("stage").register(registry);
    done.labelValues("load").inc(3);
    temperature(registry).set(36.6);
    Histogram latency =
        Histogram.builder()
            .name("e2e_latency_seconds")
            .help("How long it took.")
            .classicUpperBounds(0.5, 1)
            .register(registry);
    latency.observe(0.25);
    latency.observe(3);
    PrometheusRegistry later = new PrometheusRegistry();
    temperature(later).set(37.5);

    gateway(args, registry).groupingKey("path", "/var/tmp").groupingKey("shift", "night").build().push();
    gateway(args, later).groupingKey("path", "/var/tmp").groupingKey("shift", "night").build().pushAdd();
    PushGateway deleted = gateway(args, later).groupingKey("deleted", "yes").build();
    deleted.push();
    deleted.delete();
  }

  private static Gauge temperature(PrometheusRegistry registry) {
    return Gauge.builder().name("e2e_temperature_celsius").help("How warm it was.").register(registry);
  }

  private static PushGateway.Builder gateway(String[] args, PrometheusRegistry registry) {
    Format format = args[0].equals("text") ? Format.PROMETHEUS_TEXT : Format.PROMETHEUS_PROTOBUF;
    String address = args[1].replaceFirst("^http://", "");
    return PushGateway.builder().address(address).job(args[2]).format(format).registry(registry);
  }
}
