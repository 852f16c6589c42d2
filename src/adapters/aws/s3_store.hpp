#pragma once

#include <memory>
#include <string>

#include "adapters/aws/credential_provider.hpp"
#include "base/object_store.hpp"
#include "sagemaker/s3_reader.hpp"

namespace slipway::aws {

/// Where S3 answers.
struct S3Settings {
    std::string region;        ///< signed
    std::string endpoint_url;  ///< `http://127.0.0.1:5000`; empty: AWS's own of the region
};

/// S3 as an ObjectStore: `s3://bucket/key`, `s3a://…` and `s3n://…` are the same; the key as it is called, not escaped. Buckets are named in the path.
/// A folder is what has keys below it: making one does nothing. A file of up to 5 GiB is written by one PUT, which S3 makes visible whole or not at all;
/// above it `failed_precondition`/`TOO_LARGE`. Errors beside the port's: `failed_precondition`/`WRONG_REGION` with the bucket's own, `NO_CREDENTIALS`.
/// Rules: the Amazon S3 API Reference (ListObjectsV2, GetObject, PutObject, HeadObject, DeleteObject).
std::unique_ptr<ObjectStore> make_s3_store(S3Settings settings, std::shared_ptr<CredentialProvider> credentials, HttpTransport& transport, const Clock& clock);
/// The same for who only reads what jobs have written.
std::unique_ptr<sagemaker::S3Reader> make_s3_reader(S3Settings settings, std::shared_ptr<CredentialProvider> credentials, HttpTransport& transport,
                                                    const Clock& clock);

}  // namespace slipway::aws
