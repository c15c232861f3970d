/* The two things that harun takes from OpenSSL's libcrypto, which libssh2 brings along: PEM private keys and AES. */
#ifndef CLIBCRYPTO_SHIM_H
#define CLIBCRYPTO_SHIM_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

/* Keeps OpenSSL alive to the very end of the process. By itself it is taken down by exit(), while the event loops'
 * threads may still be closing sessions with it, which crashes. Must come before anything else of OpenSSL's. */
static inline int harun_keep_crypto(void) { return OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL); }

enum { HARUN_PEM_UNREADABLE = -1, HARUN_PEM_NEEDS_PASSPHRASE = -2 };

struct harun_passphrase {
    const char *text;
    int was_asked;
};

/* OpenSSL asks on the terminal by itself unless it is given a callback. */
static int harun_give_passphrase(char *buffer, int size, int is_for_writing, void *context) {
    (void)is_for_writing;
    struct harun_passphrase *passphrase = context;
    passphrase->was_asked = 1;
    if (!passphrase->text) return -1;
    size_t length = strlen(passphrase->text);
    if (length > (size_t)size) return -1;
    memcpy(buffer, passphrase->text, length);
    return (int)length;
}

/* Reads a private key in PEM, encrypted or not, and writes it in DER: SEC1 for ecdsa, PKCS#8 for ed25519.
 * Answers its length, or one of the codes above; `kind` becomes an EVP_PKEY_ number. */
static inline int harun_pem_to_der(
    const void *pem, int length, const char *passphrase, unsigned char *der, int capacity, int *kind) {
    struct harun_passphrase context = {passphrase, 0};
    BIO *bio = BIO_new_mem_buf(pem, length);
    if (!bio) return HARUN_PEM_UNREADABLE;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, harun_give_passphrase, &context);
    BIO_free(bio);
    int result = context.was_asked && !passphrase ? HARUN_PEM_NEEDS_PASSPHRASE : HARUN_PEM_UNREADABLE;
    if (key) {
        *kind = EVP_PKEY_base_id(key);
        int needed = i2d_PrivateKey(key, NULL);
        if (needed > 0 && needed <= capacity) result = i2d_PrivateKey(key, &der);
        EVP_PKEY_free(key);
    }
    ERR_clear_error();
    return result;
}

/* Decrypts whole blocks without padding; 1 if it worked. `cipher` is a name of OpenSSL's, such as AES-256-CTR. */
static inline int harun_decrypt(
    const char *cipher, const unsigned char *key, int key_length, const unsigned char *iv, int iv_length,
    const unsigned char *bytes, int length, unsigned char *plain) {
    const EVP_CIPHER *type = EVP_get_cipherbyname(cipher);
    if (!type || EVP_CIPHER_key_length(type) != key_length || EVP_CIPHER_iv_length(type) != iv_length) return 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0, rest = 0;
    int is_well = context && EVP_DecryptInit_ex(context, type, NULL, key, iv)
        && EVP_CIPHER_CTX_set_padding(context, 0) && EVP_DecryptUpdate(context, plain, &written, bytes, length)
        && EVP_DecryptFinal_ex(context, plain + written, &rest) && written + rest == length;
    EVP_CIPHER_CTX_free(context);
    ERR_clear_error();
    return is_well;
}

#endif
