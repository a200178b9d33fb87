import NumericalMethods
import Testing

@Suite struct StatisticsTests {
  @Test("the statistics of 1…5 are known")
  func known() {
    let s = SampleStatistics([1, 2, 3, 4, 5])
    #expect(s.mean == 3 && abs(s.deviation * s.deviation - 2.5) < 1e-14)
    #expect(abs(s.confidenceHalfWidth() - 1.963_243_161) < 1e-8)
    #expect(quantile([1, 2, 3, 4, 5], 0.25) == 2)
  }
}
