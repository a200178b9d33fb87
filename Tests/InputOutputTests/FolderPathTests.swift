import InputOutput
import Testing

@Suite struct FolderPathTests {
  @Test(
    "a folder is where the user said, a tilde is a name, and .. stays",
    arguments: [
      ("~/x", "~/x"), ("a//b/", "a/b"), ("./a", "a"), ("/", "/"), ("//a/./b", "/a/b"),
      ("link/../x", "link/../x"), (".", "."), ("./", "."), ("", ""),
    ])
  func plain(given: String, expected: String) {
    #expect(FolderPath.plain(given) == expected)
  }
}
