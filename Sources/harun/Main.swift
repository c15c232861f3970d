import CLI

/// The program itself: everything is in `CLI`, where tests reach it.
@main
struct Main {
    static func main() async {
        await Program.run()
    }
}
