#include "monitor/service_metrics.h"

#include <gmock/gmock.h>

#include <thread>

namespace skymill {
namespace {

using std::chrono::microseconds;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const ServiceMetrics& metrics, const ServiceMetrics::Labels& model = {}) {
  std::string out;
  metrics.write_text({.model = model}, out);
  return out;
}

TEST(ServiceMetrics, AddsUpTheThreads) {
  ServiceMetrics metrics({"/predict", "/metrics"}, 2);
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) metrics.thread(1).count_request(0, 200, microseconds(200));
  });
  for (int i = 0; i < 500; ++i) metrics.thread(0).count_request(0, 422, microseconds(50));
  other.join();
  metrics.thread(0).count_predictions(7);
  metrics.thread(1).count_predictions(5);

  const std::string text = text_of(metrics);
  EXPECT_THAT(text,
              HasSubstr("skymill_http_requests_total{route=\"/predict\",status=\"200\"} 1000\n"));
  EXPECT_THAT(text,
              HasSubstr("skymill_http_requests_total{route=\"/predict\",status=\"422\"} 500\n"));
  EXPECT_THAT(text, HasSubstr("skymill_predictions_total 12\n"));
}

TEST(ServiceMetrics, HistogramIsCumulative) {
  ServiceMetrics metrics({"/predict"}, 1);
  auto& thread = metrics.thread(0);
  thread.count_request(0, 200, microseconds(50));
  thread.count_request(0, 200, microseconds(100));  // a bound belongs to its bucket
  thread.count_request(0, 200, microseconds(300));
  thread.count_request(0, 200, std::chrono::seconds(20));

  const std::string text = text_of(metrics);
  const std::string bucket =
      "skymill_http_request_duration_seconds_bucket{route=\"/predict\",le=\"";
  EXPECT_THAT(text, HasSubstr(bucket + "0.0001\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "0.0005\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "10\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("_count{route=\"/predict\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("_sum{route=\"/predict\"} 20.00045\n"));
}

TEST(ServiceMetrics, CountsUnmatchedRoutesAndStatusesTogether) {
  ServiceMetrics metrics({"/predict"}, 1);
  metrics.thread(0).count_request(1, 404, microseconds(1));
  metrics.thread(0).count_request(0, 599, microseconds(1));
  const std::string text = text_of(metrics);
  EXPECT_THAT(text, HasSubstr("{route=\"other\",status=\"404\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("{route=\"/predict\",status=\"500\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("_duration_seconds_bucket{route=\"other\",le=\"+Inf\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("_duration_seconds_count{route=\"other\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("{route=\"other\",status=\"200\"}")));
}

TEST(ServiceMetrics, EscapesLabels) {
  const ServiceMetrics metrics({}, 1);
  EXPECT_THAT(text_of(metrics, {{"model", "a\"b\\c\nd"}}),
              HasSubstr("skymill_model_info{model=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(ServiceMetrics, TellsOfTheRegistryWhenThereIsOne) {
  ServiceMetrics metrics({}, 1);
  EXPECT_THAT(text_of(metrics), Not(HasSubstr("registry")));
  metrics.registry = ServiceMetrics::Registry::kNotFollowed;
  EXPECT_THAT(text_of(metrics), HasSubstr("skymill_registry_followed 0\n"));
  metrics.registry = ServiceMetrics::Registry::kFollowed;
  metrics.models_replaced = 2;
  EXPECT_THAT(text_of(metrics), HasSubstr("skymill_registry_followed 1\n"));
  EXPECT_THAT(text_of(metrics), HasSubstr("skymill_models_replaced_total 2\n"));
}

}  // namespace
}  // namespace skymill
