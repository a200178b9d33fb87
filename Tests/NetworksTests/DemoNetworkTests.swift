import ArrayFiles
import Foundation
import Networks
import Testing

@Suite struct DemoNetworkTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Examples/mnist").standardizedFileURL

  @Test("the demo's network reads MNIST's test images as well as PyTorch says it does")
  func accuracyOfTheDemo() throws {
    let network = try ONNXReader.network(at: Self.folder.appending(path: "mnist-mlp.onnx").path)
    #expect(network.sites.map(\.inputs) == [784, 256, 128])
    #expect(network.sites.map(\.outputs) == [256, 128, 10])
    #expect(network.sites.map(\.activation) == [.relu, .relu, nil])
    let images = try IDX.read(
      path: Self.folder.appending(path: "t10k-images-idx3-ubyte.gz").path)
    let labels = try IDX.read(
      path: Self.folder.appending(path: "t10k-labels-idx1-ubyte.gz").path)
    let x = Tensor(shape: images.shape, elements: images.floats.map { $0 / 255 })
    let given = classes(of: try network.evaluate(x, engine: DigitalEngine(network)))
    let matrix = ConfusionMatrix(
      labels: try #require(labels.integers).map { Int($0) }, given: given, classCount: 10)
    #expect(matrix.total == 10_000)
    // 98.43 % is what Examples/mnist/train.py printed; a sum in another order may move one image.
    #expect(abs(matrix.accuracy - 0.9843) <= 0.0001 + 1e-9)
  }
}
