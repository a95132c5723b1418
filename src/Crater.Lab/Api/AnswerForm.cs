using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>What a client asked to be answered with.</summary>
internal enum AnswerForm { Objects, Table, Metadata }

internal static class AnswerForms
{
    extension(AnswerForm)
    {
        /// <summary>The first form in the Accept header that is known.</summary>
        public static AnswerForm Of(HttpContext http)
        {
            foreach (var accepted in http.Request.Headers.Accept.ToString().Split(','))
            {
                if (accepted.Contains("as=Table", StringComparison.Ordinal) && accepted.Contains("v=v1;", StringComparison.Ordinal))
                {
                    return AnswerForm.Table;
                }

                if (accepted.Contains("as=PartialObjectMetadata", StringComparison.Ordinal))
                {
                    return AnswerForm.Metadata;
                }

                if (!accepted.Contains("as=", StringComparison.Ordinal) && !accepted.Contains("protobuf", StringComparison.Ordinal))
                {
                    return AnswerForm.Objects;
                }
            }

            return AnswerForm.Objects;
        }
    }

    public static JsonObject MetadataOf(JsonObject served) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = served.Map("metadata")?.DeepClone(),
    };
}
