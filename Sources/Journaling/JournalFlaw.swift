/// Why a journal that can be read must not be used all the same.
enum JournalFlaw: Error {
    /// A newer harun has changed its schema.
    case newer
    /// SQLite, or harun itself, found it inconsistent.
    case damaged(String)
}
