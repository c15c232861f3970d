import CLI
import Transport

/// The program itself: everything is in `CLI`, where tests reach it.
@main
struct Main {
    static func main() async {
        Allocator.shareHeaps()
        await Program.run()
    }
}
