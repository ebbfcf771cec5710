"""The only writers of governance: one module per topic, one public function per deed."""
