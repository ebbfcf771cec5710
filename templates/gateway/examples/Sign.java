import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

public class Sign {
    public static void main(String[] args) throws Exception {
        URI address = URI.create(System.getenv("ADDRESS"));
        byte[] der = Base64.getDecoder().decode(System.getenv("PRIVATE_KEY")); // PKCS#8, Base64
        byte[] body = "{\"code\":\"signed-by-java\"}".getBytes("UTF-8");
        String digest = "sha-256=:" + Base64.getEncoder().encodeToString(
            MessageDigest.getInstance("SHA-256").digest(body)) + ":";
        String query = address.getRawQuery() == null ? "" : address.getRawQuery();
        String parameters = "(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\")"
            + ";created=" + Instant.now().getEpochSecond()
            + ";nonce=\"" + UUID.randomUUID() + "\""
            + ";keyid=\"" + System.getenv("KEYID") + "\";alg=\"ed25519\"";
        String base = String.join("\n",
            "\"@method\": POST",
            "\"@authority\": " + address.getAuthority().toLowerCase(),
            "\"@path\": " + address.getRawPath(),
            "\"@query\": ?" + query,
            "\"content-digest\": " + digest,
            "\"@signature-params\": " + parameters);
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(KeyFactory.getInstance("Ed25519")
            .generatePrivate(new PKCS8EncodedKeySpec(der)));
        signer.update(base.getBytes("UTF-8"));
        HttpRequest request = HttpRequest.newBuilder(address)
            .header("Content-Type", "application/json")
            .header("Content-Digest", digest)
            .header("Signature-Input", "sig1=" + parameters)
            .header("Signature", "sig1=:" + Base64.getEncoder().encodeToString(signer.sign()) + ":")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
        System.out.println(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body());
    }
}
