using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class SecretLeakTests
{
    [Fact]
    public void Whatever_text_a_secret_is_put_into_the_mask_takes_it_out_again() => Prop.ForAll(Case().ToArbitrary(), pieces =>
    {
        var secrets = new Secrets(new Dictionary<string, JsonObject> { ["g"] = new() { ["token"] = pieces.Secret } });
        var put = new Substitution(new Dictionary<string, JsonNode?>(), secrets).Text($"{pieces.Before}${{token}}{pieces.After}");
        return !secrets.Mask(put).Contains(pieces.Secret, StringComparison.Ordinal)
            && !CappedText.Json(secrets.Mask(new JsonObject { [put] = new JsonArray(put) })).Contains(pieces.Secret, StringComparison.Ordinal);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    // Letters that the mask itself does not have, so that what is found is the secret.
    private static Gen<(string Before, string Secret, string After)> Case()
    {
        var text = Gen.Elements("abcXYZ019/+=\"\\ \n€".ToCharArray()).ListOf().Select(letters => new string([.. letters]));
        return from before in text from secret in text.Where(secret => secret.Trim().Length >= 4) from after in text select (before, secret, after);
    }
}
